using Kampung.Broker.Log;

namespace Kampung.Broker;

/// <summary>A topic: its partitions and the settings its creator gave it.</summary>
internal sealed class Topic : IDisposable
{
    public Topic(string name, PartitionLog[] partitions, IReadOnlyDictionary<string, string> settings, BrokerOptions defaults)
    {
        Name = name;
        Partitions = partitions;
        Settings = settings;
        Options = TopicSettings.Read(settings, defaults);
    }

    public string Name { get; }

    public PartitionLog[] Partitions { get; }

    public IReadOnlyDictionary<string, string> Settings { get; }

    public LogOptions Options { get; }

    public PartitionLog? Partition(int index) => (uint)index < (uint)Partitions.Length ? Partitions[index] : null;

    public void Dispose()
    {
        foreach (var partition in Partitions) partition.Dispose();
    }
}
