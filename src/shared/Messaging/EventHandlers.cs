using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Kampung.Messaging;

/// <summary>Who hears what, as a list: one handler an event type.</summary>
public sealed class EventHandlers
{
    readonly Dictionary<(string Topic, string Type), Subscription> _subscriptions = [];

    readonly Dictionary<string, HashSet<string>> _secrets = [];

    Func<IServiceProvider, CancellationToken, Task>? _finally;
    Action<IServiceProvider>? _committed;

    internal IReadOnlyCollection<string> Topics => [.. _subscriptions.Keys.Select(key => key.Topic).Distinct()];

    /// <summary>Calls <paramref name="handler"/> with every event of this type; see <see cref="EventContext"/> for what surrounds it.</summary>
    /// <exception cref="InvalidOperationException">The event has a handler already: two of them could not fail independently in one transaction.</exception>
    public EventHandlers On<TEvent>(Func<TEvent, EventContext, Task> handler) where TEvent : IEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        var topic = TopicAttribute.Of(typeof(TEvent));
        var subscription = new Subscription(body => JsonSerializer.Deserialize<TEvent>(body, EventJson.Options), (evt, context) => handler((TEvent)evt, context));
        if (!_subscriptions.TryAdd((topic.Name, topic.Type), subscription))
            throw new InvalidOperationException($"{topic.Type} has a handler already.");
        foreach (var secret in SecretAttribute.Of(typeof(TEvent)))
        {
            if (!_secrets.TryGetValue(topic.Name, out var secrets)) _secrets[topic.Name] = secrets = new(StringComparer.OrdinalIgnoreCase);
            secrets.Add(secret);
        }
        return this;
    }

    /// <summary>
    /// Calls <paramref name="work"/> once a transaction, after the handlers of all its events and before the commit, in their scope. For handlers that only note what they
    /// want: what a hundred events ask for is then done in a few statements, and locks are taken in one order.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public EventHandlers Finally(Func<IServiceProvider, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        _finally = _finally is null ? work : throw new InvalidOperationException("What is done once a transaction was given already.");
        return this;
    }

    /// <summary>Calls <paramref name="wake"/> once a transaction, after its commit, in its scope: for who waits for what the handlers wrote down. It must not fail, and is not called when the process dies before.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public EventHandlers Committed(Action<IServiceProvider> wake)
    {
        ArgumentNullException.ThrowIfNull(wake);
        _committed = _committed is null ? wake : throw new InvalidOperationException("What is done after a transaction was given already.");
        return this;
    }

    /// <summary>What must not be shown of the events of a topic.</summary>
    internal IReadOnlySet<string> SecretsOf(string topic) => _secrets.GetValueOrDefault(topic) ?? [];

    internal void Wake(IServiceProvider services) => _committed?.Invoke(services);

    internal Task FinishAsync(IServiceProvider services, CancellationToken stop) => _finally?.Invoke(services, stop) ?? Task.CompletedTask;

    internal bool TryFind(string topic, string type, [NotNullWhen(true)] out Subscription? subscription) =>
        _subscriptions.TryGetValue((topic, type), out subscription);

    internal sealed record Subscription(Func<byte[], IEvent?> Read, Func<IEvent, EventContext, Task> Handle);
}
