using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

public sealed class ConsumerGroupTests(TestBroker broker) : ConsumerGroups(broker)
{
    protected override TimeSpan ShortSession => TimeSpan.FromSeconds(1.5);
}

public sealed class ForeignConsumerGroupTests() : ConsumerGroups(Clients.ForeignOrSkip())
{
    // Apache Kafka's group.min.session.timeout.ms.
    protected override TimeSpan ShortSession => TimeSpan.FromSeconds(6);
}

/// <summary>What members of a group count on, of our Broker and of any other Kafka.</summary>
public abstract class ConsumerGroups(IKafka broker)
{
    protected abstract TimeSpan ShortSession { get; }

    int ShortSessionMs => (int)ShortSession.TotalMilliseconds;

    /// <summary>A member that polls by itself and remembers what it was assigned and what it read.</summary>
    sealed class Member : IAsyncDisposable
    {
        readonly CancellationTokenSource stop = new();
        readonly Task polling;
        readonly IConsumer<string, string> consumer;
        bool leave = true;

        public Member(string servers, string group, string topic, Action<ConsumerConfig>? configure = null)
        {
            consumer = Clients.Consumer(servers, group, configure, builder => builder
                .SetPartitionsAssignedHandler((c, partitions) =>
                {
                    // Cooperative assignors tell what is added, the others all.
                    Rebalances++;
                    var kept = incremental ? Assigned : [];
                    Assigned = [.. kept, .. partitions.Select(partition => partition.Partition.Value)];
                })
                .SetPartitionsRevokedHandler((c, partitions) =>
                {
                    var lost = partitions.Select(partition => partition.Partition.Value).ToHashSet();
                    Revoked.AddRange(lost);
                    Assigned = [.. Assigned.Where(partition => !lost.Contains(partition))];
                }));
            var config = new ConsumerConfig();
            configure?.Invoke(config);
            incremental = config.PartitionAssignmentStrategy == PartitionAssignmentStrategy.CooperativeSticky;
            consumer.Subscribe(topic);
            polling = Task.Run(Poll);
        }

        readonly bool incremental;

        public int[] Assigned { get; private set; } = [];

        public List<int> Revoked { get; } = [];

        public int Rebalances { get; private set; }

        /// <summary>The values, each once.</summary>
        public ConcurrentDictionary<string, bool> Read { get; } = [];

        void Poll()
        {
            while (!stop.IsCancellationRequested)
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is not { } record) continue;
                Read.TryAdd(record.Message.Value, true);
                try
                {
                    consumer.Commit(record);
                }
                catch (KafkaException)
                {
                    // A rebalance came in between; whoever has the partition now reads the record again.
                }
            }
            if (leave) consumer.Close();
        }

        /// <summary>Stops without a word, as a process that was killed.</summary>
        public async Task VanishAsync()
        {
            leave = false;
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await polling;
            consumer.Dispose();
        }
    }

    [Theory]
    [InlineData(PartitionAssignmentStrategy.Range)]
    [InlineData(PartitionAssignmentStrategy.RoundRobin)]
    [InlineData(PartitionAssignmentStrategy.CooperativeSticky)]
    public async Task Members_share_the_partitions_and_share_anew_when_one_comes_or_goes(PartitionAssignmentStrategy strategy)
    {
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 6);
        void Configure(ConsumerConfig config) => config.PartitionAssignmentStrategy = strategy;

        await using var first = new Member(broker.BootstrapServers, group, topic, Configure);
        await Eventually.Is(() => first.Assigned.Length == 6);
        await using var second = new Member(broker.BootstrapServers, group, topic, Configure);
        await using var third = new Member(broker.BootstrapServers, group, topic, Configure);
        await Eventually.Is(() => first.Assigned.Length == 2 && second.Assigned.Length == 2 && third.Assigned.Length == 2);
        first.Assigned.Concat(second.Assigned).Concat(third.Assigned).Order().ShouldBe([0, 1, 2, 3, 4, 5]);

        using (var producer = Clients.Producer(broker.BootstrapServers))
        {
            for (var i = 0; i < 60; i++) producer.Produce(new TopicPartition(topic, i % 6), new Message<string, string> { Value = $"{i}" });
            producer.Flush(TimeSpan.FromSeconds(30)).ShouldBe(0);
        }
        await Eventually.Is(() => first.Read.Keys.Union(second.Read.Keys).Union(third.Read.Keys).Count() == 60);
        new[] { first, second, third }.ShouldAllBe(member => !member.Read.IsEmpty);

        await third.DisposeAsync();
        await Eventually.Is(() => first.Assigned.Length == 3 && second.Assigned.Length == 3);
        first.Assigned.Concat(second.Assigned).Order().ShouldBe([0, 1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task A_member_that_vanishes_is_put_out_after_its_session_timeout()
    {
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 4);
        await using var stays = new Member(broker.BootstrapServers, group, topic);
        // A static member does not say goodbye when it closes.
        var vanishes = new Member(broker.BootstrapServers, group, topic, config => (config.GroupInstanceId, config.SessionTimeoutMs) = ("stall-1", ShortSessionMs));
        await Eventually.Is(() => stays.Assigned.Length == 2 && vanishes.Assigned.Length == 2);

        await vanishes.VanishAsync();

        await Eventually.Is(() => stays.Assigned.Length == 4);
    }

    [Fact]
    public async Task A_static_member_that_comes_back_takes_its_share_without_a_rebalance()
    {
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 4);
        static void Static(ConsumerConfig config) => (config.GroupInstanceId, config.SessionTimeoutMs) = ("stall-2", 30_000);
        await using var other = new Member(broker.BootstrapServers, group, topic);
        var restarted = new Member(broker.BootstrapServers, group, topic, Static);
        await Eventually.Is(() => other.Assigned.Length == 2 && restarted.Assigned.Length == 2);
        var (share, rebalances) = (restarted.Assigned, other.Rebalances);

        await restarted.VanishAsync();
        await using var back = new Member(broker.BootstrapServers, group, topic, Static);

        await Eventually.Is(() => back.Assigned.Length == 2);
        back.Assigned.ShouldBe(share);
        other.Rebalances.ShouldBe(rebalances);
    }

    [Fact]
    public async Task A_group_goes_on_where_it_committed()
    {
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using (var producer = Clients.Producer(broker.BootstrapServers))
            for (var i = 0; i < 10; i++) await producer.ProduceAsync(topic, new Message<string, string> { Value = $"{i}" });

        using (var before = Clients.Consumer(broker.BootstrapServers, group))
        {
            before.Subscribe(topic);
            before.Commit(before.Take(4).Last());
            before.Close();
        }
        using var after = Clients.Consumer(broker.BootstrapServers, group);
        after.Subscribe(topic);
        after.Take(1).Single().Message.Value.ShouldBe("4");
        after.Close();
    }

    [Fact]
    public async Task Groups_are_listed_described_and_deleted()
    {
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 2);
        using var admin = Clients.Admin(broker.BootstrapServers);
        using (var producer = Clients.Producer(broker.BootstrapServers)) await producer.ProduceAsync(topic, new Message<string, string> { Key = "k", Value = "v" });
        await using (var member = new Member(broker.BootstrapServers, group, topic, config => config.ClientId = "listener"))
        {
            await Eventually.Is(() => member.Read.Count == 1);

            var listed = await admin.ListConsumerGroupsAsync();
            listed.Valid.Single(listing => listing.GroupId == group).State.ShouldBe(ConsumerGroupState.Stable);
            var described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions.Single();
            described.State.ShouldBe(ConsumerGroupState.Stable);
            described.PartitionAssignor.ShouldBe("range");
            described.Members.Single().ClientId.ShouldBe("listener");
            described.Members.Single().Assignment.TopicPartitions.Select(partition => partition.Partition.Value).Order().ShouldBe([0, 1]);
            (await Should.ThrowAsync<DeleteGroupsException>(() => admin.DeleteGroupsAsync([group]))).Results.Single().Error.Code.ShouldBe(ErrorCode.NonEmptyGroup);
        }

        await Eventually.Is(async () => (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions.Single().State == ConsumerGroupState.Empty);
        var offsets = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        offsets.Single().Partitions.ShouldContain(partition => partition.Topic == topic && partition.Offset == 1);

        await admin.DeleteGroupsAsync([group]);
        (await admin.ListConsumerGroupsAsync()).Valid.ShouldNotContain(listing => listing.GroupId == group);
        (await Should.ThrowAsync<DeleteGroupsException>(() => admin.DeleteGroupsAsync([group]))).Results.Single().Error.Code.ShouldBe(ErrorCode.GroupIdNotFound);
    }

    [Fact]
    public async Task A_member_of_an_older_generation_may_not_commit()
    {
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 2);
        using (var producer = Clients.Producer(broker.BootstrapServers)) await producer.ProduceAsync(new TopicPartition(topic, 0), new Message<string, string> { Value = "v" });
        using var late = Clients.Consumer(broker.BootstrapServers, group, config => (config.SessionTimeoutMs, config.HeartbeatIntervalMs, config.MaxPollIntervalMs) = (ShortSessionMs, 500, ShortSessionMs));
        late.Subscribe(topic);
        var record = late.Take(1).Single();

        // It polls no more, so it is put out, and another one takes over.
        await using var other = new Member(broker.BootstrapServers, group, topic);
        await Eventually.Is(() => other.Assigned.Length == 2);

        Should.Throw<KafkaException>(() => late.Commit(record));
    }
}
