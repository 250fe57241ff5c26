using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kampung.Broker.Log;

namespace Kampung.Broker;

/// <summary>The topics: a folder each under <c>topics/</c>, in it <c>topic.json</c> and a folder for each partition.</summary>
internal sealed partial class TopicStore : IDisposable
{
    public const int MaxPartitions = 1000;
    const string Description = "topic.json";

    readonly ConcurrentDictionary<string, Topic> _topics = new(StringComparer.Ordinal);
    readonly Lock _changes = new();
    readonly string _folder;
    readonly BrokerOptions _options;
    readonly ILogger _logger;

    sealed record TopicDescription(int Partitions, Dictionary<string, string> Settings);

    public TopicStore(BrokerOptions options, ILogger logger)
    {
        (_options, _logger) = (options, logger);
        _folder = Directory.CreateDirectory(Path.Combine(options.Data, "topics")).FullName;
        foreach (var folder in Directory.EnumerateDirectories(_folder))
        {
            // A folder without its description is what is left of a creation or a deletion that was cut short.
            if (File.Exists(Path.Combine(folder, Description))) Open(folder);
            else Directory.Delete(folder, recursive: true);
        }
    }

    public IEnumerable<Topic> All => _topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal);

    public bool TryGet(string name, [NotNullWhen(true)] out Topic? topic) => _topics.TryGetValue(name, out topic);

    public PartitionLog? Partition(string topic, int partition) => TryGet(topic, out var found) ? found.Partition(partition) : null;

    /// <summary>Whether a topic may be named so: letters, digits, dot, dash, underscore; at most 249.</summary>
    public static bool IsValidName(string name) => name is not ("." or "..") && ValidName().IsMatch(name);

    /// <param name="name">A valid name.</param>
    /// <param name="partitions">How many, or null for the configured number.</param>
    /// <param name="settings">Settings that <see cref="TopicSettings.Problem"/> has nothing against.</param>
    /// <param name="topic">The new topic, or the one that was there.</param>
    /// <returns>False if there was one of this name.</returns>
    public bool TryCreate(string name, int? partitions, Dictionary<string, string> settings, out Topic topic)
    {
        lock (_changes)
        {
            if (_topics.TryGetValue(name, out topic!)) return false;
            var description = new TopicDescription(partitions ?? _options.Partitions, settings);
            var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
            for (var i = 0; i < description.Partitions; i++) Directory.CreateDirectory(PartitionFolder(folder, i));
            DurableFile.Write(Path.Combine(folder, Description), JsonSerializer.SerializeToUtf8Bytes(description));
            topic = Open(folder);
            _logger.LogInformation("Created topic {Topic} with {Partitions} partitions", name, description.Partitions);
            return true;
        }
    }

    public bool TryDelete(string name)
    {
        lock (_changes)
        {
            if (!_topics.TryRemove(name, out var topic)) return false;
            topic.Dispose();
            var folder = Path.Combine(_folder, name);
            File.Delete(Path.Combine(folder, Description));
            Directory.Delete(folder, recursive: true);
            _logger.LogInformation("Deleted topic {Topic}", name);
            return true;
        }
    }

    public void Retain(DateTimeOffset now)
    {
        foreach (var topic in _topics.Values)
        {
            var deleted = topic.Partitions.Sum(partition => partition.Retain(topic.Options, now));
            if (deleted > 0) _logger.LogInformation("Deleted {Files} old files of topic {Topic}", deleted, topic.Name);
        }
    }

    public void Dispose()
    {
        foreach (var topic in _topics.Values) topic.Dispose();
    }

    Topic Open(string folder)
    {
        var name = Path.GetFileName(folder);
        var description = JsonSerializer.Deserialize<TopicDescription>(File.ReadAllBytes(Path.Combine(folder, Description)))!;
        var partitions = new PartitionLog[description.Partitions];
        for (var i = 0; i < partitions.Length; i++) partitions[i] = new PartitionLog(PartitionFolder(folder, i), _logger);
        return _topics[name] = new Topic(name, partitions, description.Settings, _options);
    }

    static string PartitionFolder(string folder, int index) => Path.Combine(folder, index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex("^[a-zA-Z0-9._-]{1,249}\\z")]
    private static partial Regex ValidName();
}
