namespace Kampung.AppHost.Processes;

/// <summary>How a child process is started. A null environment value removes the variable.</summary>
public sealed record Command(string Program, IReadOnlyList<string> Arguments)
{
    public string? WorkingDirectory { get; init; }

    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>A .NET program, run by the same dotnet as this process.</summary>
    public static Command DotNet(string assembly, params IEnumerable<string> arguments) => new(Programs.DotNet, [assembly, .. arguments]);
}
