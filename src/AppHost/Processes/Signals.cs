using System.Runtime.InteropServices;

namespace Kampung.AppHost.Processes;

/// <summary>POSIX signals that stop, pause and resume processes.</summary>
public enum Signal
{
    Interrupt,
    Terminate,
    Stop,
    Continue,
}

static partial class Signals
{
    public static void Send(int process, Signal signal) => _ = Kill(process, Number(signal));

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentOfThisProcess();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    // Numbers of SIGSTOP and SIGCONT differ between Linux and macOS.
    static int Number(Signal signal) => (signal, OperatingSystem.IsMacOS()) switch
    {
        (Signal.Interrupt, _) => 2,
        (Signal.Terminate, _) => 15,
        (Signal.Stop, false) => 19,
        (Signal.Stop, true) => 17,
        (Signal.Continue, false) => 18,
        (Signal.Continue, true) => 19,
        _ => throw new ArgumentOutOfRangeException(nameof(signal)),
    };
}
