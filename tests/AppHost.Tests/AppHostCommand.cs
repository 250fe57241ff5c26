using System.Diagnostics;

namespace Kampung.AppHost.Tests;

/// <summary>AppHost's command line as a person uses it, until it ends.</summary>
static class AppHostCommand
{
    public static Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunAtAsync(Repository.Find().Assembly("AppHost"), Environment.GetEnvironmentVariable("PATH")!, arguments);

    public static async Task<(int Exit, string Output, string Error)> RunAtAsync(string assembly, string path, params string[] arguments)
    {
        var dotnet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        var start = new ProcessStartInfo(dotnet, [assembly, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PATH"] = path;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>It must refuse: a non-zero exit code and one line on standard error, no stack trace.</summary>
    public static void ShouldRefuse(this (int Exit, string Output, string Error) result, string because)
    {
        result.Exit.ShouldBe(1, result.Output + result.Error);
        result.Error.Trim().ShouldContain(because);
        result.Error.Trim().ShouldNotContain('\n');
    }
}
