namespace Kampung.Messaging;

/// <summary>A fact that a service publishes or hears: a record with a <see cref="TopicAttribute"/>.</summary>
public interface IEvent
{
    /// <summary>The id of what the event is about (order, product, customer): Kafka key and <c>ce_subject</c>. Events of one subject keep their order.</summary>
    Guid Subject { get; }
}

/// <summary>Names the topic of an event. The CloudEvents type follows from it: <c>kampung.order-placed.v1</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class TopicAttribute(string name) : Attribute
{
    /// <summary>The fact in kebab-case, such as <c>order-placed</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The major version of the schema; another number is another event type on the same topic.</summary>
    public int Version { get; init; } = 1;

    internal string Type => $"kampung.{Name}.v{Version}";

    internal static TopicAttribute Of(Type type) =>
        type.GetCustomAttributes(typeof(TopicAttribute), inherit: false).Cast<TopicAttribute>().SingleOrDefault()
        ?? throw new InvalidOperationException($"{type.Name} needs a [Topic(\"name-of-the-fact\")] attribute to be published or heard.");
}
