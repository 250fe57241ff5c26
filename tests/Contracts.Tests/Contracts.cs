using System.Reflection;
using System.Text.Json;
using Kampung.AppHost;
using Kampung.Messaging;

namespace Kampung.Contracts.Tests;

/// <summary>A schema of contracts/events.</summary>
/// <param name="Topic">Also the name of its file.</param>
public sealed record EventSchema(string Topic, string File, JsonElement Document)
{
    public string Description => Document.GetProperty("description").GetString()!;

    public IReadOnlyList<JsonElement> Examples => Document.TryGetProperty("examples", out var examples) ? [.. examples.EnumerateArray()] : [];

    public override string ToString() => Topic;
}

/// <summary>A service's own record of an event.</summary>
public sealed record EventType(string Service, string Topic, Type Type)
{
    public override string ToString() => $"{Service} {Topic}";
}

/// <summary>What the contracts folder promises, and what the services' code says and hears.</summary>
static class Village
{
    public static string Folder { get; } = Path.Combine(Repository.Find().Root, "contracts");

    public static IReadOnlyList<EventSchema> Schemas { get; } = Read("events");

    /// <summary>As they were when a version was last released; see contracts/README.md.</summary>
    public static IReadOnlyList<EventSchema> Released { get; } = Read("released/events");

    static readonly IReadOnlyList<(string Service, Assembly Assembly)> Services =
        [.. AppHost.Village.Services.Select(service => (service.Name, Assembly.Load($"Kampung.{service.Project}")))];

    /// <summary>Records that a handler of the service takes.</summary>
    public static IReadOnlyList<EventType> Heard { get; } =
        [.. from service in Services
            from type in service.Assembly.GetTypes()
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            let parameters = method.GetParameters()
            where parameters.Length == 2 && parameters[1].ParameterType == typeof(EventContext) && parameters[0].ParameterType.IsAssignableTo(typeof(IEvent))
            where !parameters[0].ParameterType.IsGenericParameter && parameters[0].ParameterType.GetCustomAttribute<TopicAttribute>() is not null
            select Of(service.Service, parameters[0].ParameterType)];

    /// <summary>The other records of events.</summary>
    public static IReadOnlyList<EventType> Published { get; } =
        [.. from service in Services
            from type in service.Assembly.GetTypes()
            where type.GetCustomAttribute<TopicAttribute>() is not null && !Heard.Any(heard => heard.Type == type)
            select Of(service.Service, type)];

    static EventType Of(string service, Type type) => new(service, type.GetCustomAttribute<TopicAttribute>()!.Name, type);

    static IReadOnlyList<EventSchema> Read(string folder) =>
        [.. Directory.GetFiles(Path.Combine(Folder, folder), "*.schema.json").Order(StringComparer.Ordinal)
            .Select(file => new EventSchema(Path.GetFileName(file)[..^".schema.json".Length], file, JsonDocument.Parse(File.ReadAllText(file)).RootElement))];
}
