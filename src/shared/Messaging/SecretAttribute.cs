using System.Reflection;

namespace Kampung.Messaging;

/// <summary>What an event carries to its handler and to nobody else: operators see stars for it in dead letters, and no log line has it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute
{
    /// <summary>The names of an event's secrets, as they stand in its JSON.</summary>
    internal static IEnumerable<string> Of(Type eventType) => eventType.GetProperties().Where(property => property.IsDefined(typeof(SecretAttribute)))
        .Select(property => EventJson.Options.PropertyNamingPolicy?.ConvertName(property.Name) ?? property.Name);
}
