using System.Runtime.InteropServices;

namespace Kampung.AppHost.Processes;

/// <summary>Ctrl+C, SIGTERM and a closed terminal ask to stop; so does the end of the <c>dotnet run</c> that started us. A second Ctrl+C ends us at once.</summary>
sealed class StopSignals : IDisposable
{
    readonly List<PosixSignalRegistration> registrations = [];
    readonly Timer? parent;

    public StopSignals(CancellationTokenSource told)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                // Left to the default it ends this process, and the guardian the others.
                context.Cancel = !told.IsCancellationRequested || signal != PosixSignal.SIGINT;
                told.Cancel();
            }));
        if (!OperatingSystem.IsLinux()) return;
        var starter = Signals.ParentOfThisProcess();
        if (!IsDotNetRun(starter)) return;
        parent = new Timer(_ =>
        {
            if (Signals.ParentOfThisProcess() != starter) told.Cancel();
        }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    static bool IsDotNetRun(int process)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
            return Path.GetFileName(arguments[0]) == "dotnet" && arguments.Contains("run");
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        parent?.Dispose();
    }
}
