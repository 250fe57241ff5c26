namespace Kampung.AppHost;

/// <summary>Builds the web app, unless none of its files changed since the last time.</summary>
public sealed class WebBuild(Repository repository)
{
    const int LongestMessage = 2000;

    string Stamp => Path.Combine(repository.Root, "artifacts", "web.stamp");

    /// <exception cref="KampungException">Node.js is missing or too old, npm failed, or the bundler refused; the message says which.</exception>
    public async Task RunAsync(Action<string> progress, CancellationToken stop = default)
    {
        if (IsCurrent(Fingerprint())) return;
        await using var turn = await FileLock.WaitAsync(Stamp + ".lock", TimeSpan.FromMinutes(15), stop);
        var fingerprint = Fingerprint();
        if (IsCurrent(fingerprint)) return;

        if (!Npm.IsInstalled(repository.Web)) progress("installing the web app's packages (npm ci)");
        await Npm.InstallAsync(repository.Web, stop);
        progress("building the web app");
        var fresh = repository.BuiltWeb + ".new";
        var (exit, output) = await Npm.ExecAsync(repository.Web, ["vite", "build", "--outDir", fresh, "--emptyOutDir", "--logLevel", "warn"], stop);
        if (exit != 0) throw new KampungException($"The web app could not be built:\n{(output.Length > LongestMessage ? output[..LongestMessage] : output).Trim()}");
        // A gateway may be serving the former one: it is there until the new one is whole.
        if (Directory.Exists(repository.BuiltWeb)) Directory.Delete(repository.BuiltWeb, recursive: true);
        Directory.Move(fresh, repository.BuiltWeb);
        await File.WriteAllTextAsync(Stamp, fingerprint, stop);
    }

    bool IsCurrent(string fingerprint) => File.Exists(Stamp) && File.ReadAllText(Stamp) == fingerprint && File.Exists(Path.Combine(repository.BuiltWeb, "index.html"));

    // Types are made anew for each type check, and are not in the bundle.
    string Fingerprint() => SourceBuild.FingerprintOf(SourceBuild.Walk(repository.Web).Where(file => Path.GetFileName(Path.GetDirectoryName(file)) != "generated"));
}
