using System.Diagnostics;

namespace Kampung.AppHost.Processes;

static class Detached
{
    /// <summary>
    /// Starts the command in a session of its own, so that Ctrl+C in the terminal reaches only AppHost, which then stops the others in order.
    /// Without <c>setsid</c> (macOS, Windows) all hear it at once; what is acknowledged is safe then too, only the order is lost.
    /// </summary>
    public static ProcessStartInfo StartInfo(Command command)
    {
        var start = SetSid is null
            ? new ProcessStartInfo(command.Program, command.Arguments)
            : new ProcessStartInfo(SetSid, [command.Program, .. command.Arguments]);
        start.WorkingDirectory = command.WorkingDirectory ?? "";
        start.UseShellExecute = false;
        foreach (var (name, value) in command.Environment)
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        return start;
    }

    static readonly string? SetSid = Programs.Find("setsid");
}
