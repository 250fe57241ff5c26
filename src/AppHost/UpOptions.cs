namespace Kampung.AppHost;

/// <summary>What a person asked of the verb <c>up</c>.</summary>
public sealed record UpOptions
{
    /// <summary>The gateway's port; 0: any free one.</summary>
    public required int Port { get; init; }

    /// <summary>The port of the web app's development server, which may sign people in and call the gateway, too.</summary>
    public int WebPort { get; init; } = 5173;

    public required DataFolder Data { get; init; }

    /// <summary>Number of instances by service name; one where nothing is said; 0 for a service that is not wanted, or run by hand.</summary>
    public IReadOnlyDictionary<string, int> Scale { get; init; } = new Dictionary<string, int>();

    public IReadOnlyList<Setting> Settings { get; init; } = [];

    /// <summary>Connection string of a user of an existing PostgreSQL who may create databases and roles; null: our own server.</summary>
    public string? Postgres { get; init; }

    /// <summary>Bootstrap servers of an existing Kafka; null: our own broker.</summary>
    public string? Kafka { get; init; }

    /// <summary>Whether sources that changed are built first.</summary>
    public bool Build { get; init; } = true;

    /// <exception cref="KampungException">It is not NAME=NUMBER of a service.</exception>
    public static (string Service, int Instances) ParseScale(string text)
    {
        var parts = text.Split('=');
        if (parts.Length != 2 || !int.TryParse(parts[1], out var instances) || instances is < 0 or > 20)
            throw new KampungException($"--scale {text} is not understood: write for example --scale order-service=2 (0 to 20 instances).");
        var member = Village.Find(parts[0]);
        if (member.Database is null) throw new KampungException($"{member.Name} runs once and cannot be scaled; these can: {string.Join(", ", Village.Services.Select(service => service.Name))}.");
        return (member.Name, instances);
    }

    /// <exception cref="KampungException">It is not postgres=CONNECTION or kafka=HOST:PORT.</exception>
    public static (string What, string Connection) ParseExternal(string text)
    {
        var (what, connection) = (text.Split('=')[0], text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        if (what is not ("postgres" or "kafka") || !text.Contains('=', StringComparison.Ordinal) || connection.Length == 0)
            throw new KampungException($"--external {text} is not understood: write postgres=\"Host=…;Username=…;Password=…\" or kafka=HOST:PORT.");
        return (what, connection);
    }
}

/// <summary>A setting that wins over the configuration files and the config server, for one service or (Service null) for all processes.</summary>
public sealed record Setting(string? Service, string Key, string Value)
{
    /// <summary>The key as an environment variable, as .NET's configuration reads it.</summary>
    public string Variable => Key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Reads <c>Key=Value</c> or <c>service:Key=Value</c>; keys have colons too, so a service counts as one only by its name. What looks like one is refused.</summary>
    /// <exception cref="KampungException">There is no '=', or no such service.</exception>
    public static Setting Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1) throw new KampungException($"--set {text} is not understood: write Key=Value, or order-service:Key=Value for one service.");
        var (key, value) = (text[..equals], text[(equals + 1)..]);
        var names = key.Split(':');
        if (names.Any(string.IsNullOrWhiteSpace)) throw new KampungException($"--set {text} is not understood: '{key}' lacks a name before, after or between its colons.");
        // Sections of the configuration begin with a capital letter, services do not.
        return names.Length > 1 && char.IsAsciiLetterLower(names[0][0])
            ? new Setting(Village.Find(names[0]).Name, string.Join(':', names[1..]), value)
            : new Setting(null, key, value);
    }
}
