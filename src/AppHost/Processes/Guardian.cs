using System.Diagnostics;
using System.Globalization;

namespace Kampung.AppHost.Processes;

/// <summary>
/// Ends this process's children when this process is gone, however it went. It is a process of its own that reads, from a pipe, whom to end;
/// the operating system closes the pipe when the writer dies.
/// </summary>
public sealed class Guardian
{
    /// <summary>Verb of AppHost's command line that <see cref="WatchAsync"/> runs under.</summary>
    public const string Verb = "guard";

    readonly Lock writing = new();
    readonly Process process;

    Guardian(Process process) => this.process = process;

    static readonly Lazy<Guardian> OfThisProcess = new(Start);

    public static void Add(ProcessIdentity child) => OfThisProcess.Value.Write('+', child);

    public static void Remove(ProcessIdentity child) => OfThisProcess.Value.Write('-', child);

    public static ProcessIdentity? Identity => OfThisProcess.IsValueCreated ? ProcessIdentity.Of(OfThisProcess.Value.process.Id) : null;

    static Guardian Start()
    {
        var command = Command.DotNet(Repository.Find().Assembly("AppHost"), Verb);
        var start = Detached.StartInfo(command);
        start.RedirectStandardInput = true;
        start.Environment["DOTNET_TieredCompilation"] = "1";
        start.Environment["DOTNET_GCHeapHardLimit"] = "1000000";
        return new Guardian(Process.Start(start)!);
    }

    void Write(char what, ProcessIdentity child)
    {
        lock (writing)
        {
            try
            {
                process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {child.Id} {child.Started}"));
                process.StandardInput.Flush();
            }
            catch (IOException)
            {
                // Someone ended the guardian. Its work is for the case that we are killed too; the next start cleans up then.
            }
        }
    }

    /// <summary>The guardian process's own work: returns after its parent is gone and the children with it.</summary>
    public static async Task WatchAsync(TextReader input)
    {
        var children = new HashSet<ProcessIdentity>();
        while (await input.ReadLineAsync() is { } line)
        {
            var fields = line.Split(' ');
            var child = new ProcessIdentity(int.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture));
            if (fields[0] == "+") children.Add(child);
            else children.Remove(child);
        }
        foreach (var child in children) child.Kill();
    }
}
