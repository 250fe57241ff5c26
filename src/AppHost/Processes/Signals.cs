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

/// <summary>Sends signals to processes by id.</summary>
public static partial class Signals
{
    public static void Send(int process, Signal signal) => _ = Kill(process, Number(signal));

    /// <summary>Id of the process that started this one; another one's once that has ended.</summary>
    public static int ParentOfThisProcess() => GetParent();

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();

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
