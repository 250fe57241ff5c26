using Kampung.AppHost.Processes;

namespace Kampung.AppHost.Supervision;

/// <summary>How one process is run: made ready, started, asked whether it is ready, and stopped.</summary>
public sealed record Plan(string Name, int Instance, int Port)
{
    /// <summary>Does what must be done before each start, and says how to start.</summary>
    public required Func<CancellationToken, Task<Command>> Prepare { get; init; }

    /// <summary>What it still lacks to be ready, for people; null when it is ready.</summary>
    public required Func<CancellationToken, Task<string?>> Missing { get; init; }

    /// <summary>What it is told beside the configuration files, by keys of .NET's configuration: that wins over them.</summary>
    public Func<IReadOnlyDictionary<string, string>> Settings { get; init; } = () => new Dictionary<string, string>();

    public Signal StopSignal { get; init; } = Signal.Terminate;

    /// <summary>How long it may take to end before it is killed.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Unique in the village: the name, with -2, -3 … for further instances.</summary>
    public string Id => Instance == 1 ? Name : $"{Name}-{Instance}";
}

/// <summary>Where a process stands.</summary>
public enum ProcessState
{
    Waiting,
    Starting,
    Up,
    Paused,
    Restarting,
    Failed,
    Stopping,
    Stopped,
}

/// <summary>What is known of a process at a moment, as the control endpoint tells it. Name is unique; Service is shared by the instances of a service.</summary>
public sealed record ProcessStatus(
    string Name, string Service, int Instance, int? Pid, int Port, ProcessState State, int Restarts, DateTimeOffset Since, string? Why, string Log)
{
    /// <summary>Where it is spoken to on this machine: HTTP, except for PostgreSQL.</summary>
    public string Address => $"{(Service == Village.PostgreSql ? "tcp" : "http")}://127.0.0.1:{Port}";
}
