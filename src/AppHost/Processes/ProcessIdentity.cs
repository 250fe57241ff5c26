using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Kampung.AppHost.Processes;

/// <summary>
/// A process that cannot be mistaken for a later one with the same id: its id and when it started
/// (on Linux in clock ticks since boot, elsewhere in ticks of its UTC start time).
/// </summary>
public sealed record ProcessIdentity(int Id, long Started)
{
    /// <returns>null when no process has this id.</returns>
    public static ProcessIdentity? Of(int id)
    {
        if (OperatingSystem.IsLinux()) return Stat(id) is { } stat ? new ProcessIdentity(id, stat.Started) : null;
        try
        {
            using var process = Process.GetProcessById(id);
            return new ProcessIdentity(id, process.StartTime.ToUniversalTime().Ticks);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    public bool IsAlive => Of(Id) == this;

    /// <summary>Ends this process and all below it, at once, also when they are paused.</summary>
    public void Kill()
    {
        if (!IsAlive) return;
        try
        {
            using var process = Process.GetProcessById(Id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in between.
        }
    }

    /// <summary>This process and all below it. Elsewhere than on Linux only this one.</summary>
    public IReadOnlyList<int> Tree()
    {
        if (!OperatingSystem.IsLinux()) return [Id];
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Stat(id)?.Parent))
            .Where(process => process.Parent is not null)
            .ToLookup(process => process.Parent!.Value, process => process.Id);
        var tree = new List<int> { Id };
        for (var i = 0; i < tree.Count; i++) tree.AddRange(children[tree[i]]);
        return tree;
    }

    // proc(5): pid (name) state ppid … starttime(22). The name may hold spaces and brackets, so fields are counted from the last bracket.
    static (int Parent, long Started)? Stat(int id)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{id}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is "Z" or "X") return null;
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
