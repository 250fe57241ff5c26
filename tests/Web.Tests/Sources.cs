using Kampung.AppHost;
using Kampung.AppHost.Processes;

namespace Kampung.Web.Tests;

/// <summary>The bundler takes types for comments.</summary>
[Collection(WebCollection.Name)] // which installs the packages
public sealed class Sources
{
    [Fact]
    public async Task What_it_sends_and_reads_is_what_the_contracts_say()
    {
        foreach (var step in new string[][] { ["generate-api.mjs"], ["node_modules/typescript/bin/tsc", "--noEmit"] })
        {
            List<string> lines = [];
            var process = ChildProcess.Start(new Command("node", step) { WorkingDirectory = Repository.Find().Web }, line =>
            {
                lock (lines) lines.Add(line);
            });
            try
            {
                (await process.Exited.WaitAsync(TimeSpan.FromMinutes(2))).ShouldBe(0, string.Join('\n', lines));
            }
            finally
            {
                process.Kill();
            }
        }
    }
}
