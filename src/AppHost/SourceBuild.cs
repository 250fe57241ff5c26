using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost;

/// <summary>Builds the village's programs from source, unless no source file changed since the last time.</summary>
public sealed class SourceBuild(Repository repository)
{
    string Stamp => Path.Combine(repository.Root, "artifacts", $"village-{Repository.Configuration}.stamp");

    /// <param name="progress">Gets how many projects are built, and of how many.</param>
    /// <exception cref="KampungException">The compiler refused; the message has its first errors.</exception>
    public async Task RunAsync(Action<string> progress, CancellationToken stop)
    {
        if (IsCurrent(Fingerprint())) return;
        await using var turn = await FileLock.WaitAsync(Stamp + ".lock", TimeSpan.FromMinutes(15), stop);
        var fingerprint = Fingerprint();
        if (IsCurrent(fingerprint)) return;

        var projects = Village.Members.Count(member => member.Project is not null);
        var (built, output) = (0, new List<string>());
        progress($"building {projects} programs (first time: a minute or two)");
        var command = new Command(Programs.DotNet,
            ["build", Path.Combine(repository.Root, "Kampung.Village.slnf"), "--configuration", Repository.Configuration == "debug" ? "Debug" : "Release", "--nologo", "--verbosity", "minimal", "-tl:off"])
        {
            WorkingDirectory = repository.Root,
        };
        var process = ChildProcess.Start(command, line =>
        {
            lock (output) output.Add(line);
            // "  Orders -> …/Kampung.Orders.dll", once a project.
            if (line.Contains(" -> ", StringComparison.Ordinal)) progress($"building: {line.Trim().Split(' ')[0]} done ({Interlocked.Increment(ref built)} so far)");
        });
        try
        {
            if (await process.Exited.WaitAsync(stop) == 0)
            {
                await File.WriteAllTextAsync(Stamp, fingerprint, stop);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        lock (output)
            throw new KampungException($"The build failed:\n{string.Join('\n', output.Where(line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(10))}");
    }

    bool IsCurrent(string fingerprint) =>
        File.Exists(Stamp) && File.ReadAllText(Stamp) == fingerprint && Village.Members.All(member => member.Project is null || File.Exists(repository.Assembly(member.Project)));

    string Fingerprint() => FingerprintOf(Directory.EnumerateFiles(repository.Root).Concat(Walk(Path.Combine(repository.Root, "src"))));

    /// <summary>Names, sizes and times of all that goes into a build: also a file that was removed, or replaced by an older one, changes it.</summary>
    internal static string FingerprintOf(IEnumerable<string> files)
    {
        var lines = files.Where(file => Path.GetExtension(file) is not ".md").Order(StringComparer.Ordinal).Select(file => new FileInfo(file))
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    /// <summary>The files in a folder, but for what was installed or built there.</summary>
    internal static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not ("node_modules" or "bin" or "obj")).SelectMany(Walk));
}
