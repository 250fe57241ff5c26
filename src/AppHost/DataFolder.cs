using System.Text.Json;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost;

/// <summary>Everything that a village keeps on this machine, <c>.kampung</c> by default. One AppHost at a time works on it.</summary>
public sealed class DataFolder(string path)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string Postgres => Of("postgres");

    public string Broker => Of("broker");

    public string Config => Of("config");

    public string Mailbox => Of("mailbox");

    /// <summary>What identity-service keeps secret, and what it tells us alone.</summary>
    public string Identity => Of("identity");

    public string Control => Of("control.json");

    string Processes => Of("processes.json");

    public string Log(string process) => System.IO.Path.Combine(Of("logs"), process + ".log");

    public bool Exists => Directory.Exists(Path);

    /// <summary>Whether an AppHost made it.</summary>
    public bool IsOurs => File.Exists(Of("lock"));

    /// <summary>Makes the folder and keeps other AppHosts out of it until disposed, or until this process ends in any way.</summary>
    /// <exception cref="KampungException">Another one is in it, or it cannot be written.</exception>
    public FileLock Open()
    {
        try
        {
            Directory.CreateDirectory(Of("logs"));
            Directory.CreateDirectory(Mailbox);
            return FileLock.Try(Of("lock")) ?? throw new KampungException(
                $"The data folder {Path} is in use by another Kampung{(ControlFile.TryRead(this) is { } control ? $" (process {control.ProcessId})" : "")}: stop that one, or give this one its own with --data.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new KampungException($"The data folder {Path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Remembers the running processes, for the case that this one and its guardian are killed.</summary>
    public void Remember(IEnumerable<ProcessIdentity> running) => PrivateFile.Write(Processes, JsonSerializer.Serialize(running));

    /// <summary>Ends what a killed run left behind. Ids that belong to other programs by now are left alone.</summary>
    /// <returns>How many were ended.</returns>
    public int EndLeftovers()
    {
        if (!File.Exists(Processes)) return 0;
        var leftovers = JsonSerializer.Deserialize<List<ProcessIdentity>>(File.ReadAllText(Processes))!.Where(process => process.IsAlive).ToList();
        foreach (var process in leftovers) process.Kill();
        File.Delete(Processes);
        return leftovers.Count;
    }

    /// <summary>Deletes all of it but the lock, which the caller holds meanwhile.</summary>
    public void Clear()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path)) Directory.Delete(folder, recursive: true);
        foreach (var file in Directory.EnumerateFiles(Path).Where(file => System.IO.Path.GetFileName(file) != "lock")) File.Delete(file);
    }

    string Of(string name) => System.IO.Path.Combine(Path, name);
}
