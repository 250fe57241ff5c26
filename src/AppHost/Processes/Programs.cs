namespace Kampung.AppHost.Processes;

static class Programs
{
    /// <summary>The dotnet that runs this process; else the one on the PATH.</summary>
    public static string DotNet { get; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>Looks a Unix program up on the PATH, then where system programs are.</summary>
    public static string? Find(string name) =>
        OperatingSystem.IsWindows()
            ? null
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
                .Select(folder => Path.Combine(folder, name))
                .FirstOrDefault(File.Exists);
}
