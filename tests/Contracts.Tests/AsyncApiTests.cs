using CliWrap;
using CliWrap.Buffered;
using Kampung.AppHost;

namespace Kampung.Contracts.Tests;

/// <summary>contracts/asyncapi.yaml says what the code says, and is AsyncAPI.</summary>
public sealed class AsyncApiTests
{
    static readonly string File = Path.Combine(Village.Folder, "asyncapi.yaml");

    [Fact]
    public async Task The_document_says_who_publishes_and_hears_what()
    {
        var actual = AsyncApiDocument.Write();
        if (Environment.GetEnvironmentVariable("KAMPUNG_UPDATE_CONTRACTS") == "1") await System.IO.File.WriteAllTextAsync(File, actual);
        actual.ShouldBe(await System.IO.File.ReadAllTextAsync(File), "Who publishes or hears what is not what contracts/asyncapi.yaml says; KAMPUNG_UPDATE_CONTRACTS=1 dotnet test writes it anew.");
    }

    [Fact]
    public async Task AsyncAPIs_own_parser_accepts_it()
    {
        var folder = Path.Combine(Repository.Find().Root, "tests", "Contracts.Tests", "asyncapi");
        await Npm.InstallAsync(folder);

        var parsed = await Cli.Wrap("node").WithWorkingDirectory(folder).WithArguments(["validate.mjs", File]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();

        parsed.ExitCode.ShouldBe(0, parsed.StandardOutput + parsed.StandardError);
        parsed.StandardOutput.Trim().ShouldBe($"{Village.Schemas.Count} channels");
    }
}
