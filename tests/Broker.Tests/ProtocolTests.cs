using System.Buffers.Binary;
using System.Diagnostics;
using Confluent.Kafka;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

/// <summary>What the broker does with requests that no well-behaved client sends.</summary>
public class ProtocolTests(TestBroker broker)
{
    const short UnsupportedVersion = 35;
    const short Fetch = 1;
    const short ApiVersions = 18;

    [Fact]
    public async Task An_unknown_API_is_answered_with_UNSUPPORTED_VERSION_and_the_connection_goes_on()
    {
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);

        var answer = (await client.AskAsync(RawClient.Request(api: 999, version: 0, correlation: 7))).ShouldNotBeNull();
        BinaryPrimitives.ReadInt32BigEndian(answer).ShouldBe(7);
        BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)).ShouldBe(UnsupportedVersion);

        answer = (await client.AskAsync(RawClient.Request(ApiVersions, version: 0, correlation: 8))).ShouldNotBeNull();
        BinaryPrimitives.ReadInt32BigEndian(answer).ShouldBe(8);
        BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)).ShouldBe((short)0);
    }

    [Fact]
    public async Task A_version_from_the_future_is_answered_with_UNSUPPORTED_VERSION()
    {
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);
        var answer = (await client.AskAsync(RawClient.Request(Fetch, version: 99, correlation: 1))).ShouldNotBeNull();
        BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)).ShouldBe(UnsupportedVersion);
    }

    [Fact]
    public async Task ApiVersions_from_the_future_is_answered_in_the_form_of_version_0_with_what_there_is()
    {
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);
        var answer = (await client.AskAsync(RawClient.Request(ApiVersions, version: 77, correlation: 1))).ShouldNotBeNull();

        BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4)).ShouldBe(UnsupportedVersion);
        var count = BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(6));
        answer.Length.ShouldBe(4 + 2 + 4 + count * 6);
        var apis = Enumerable.Range(0, count).ToDictionary(
            i => BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(10 + i * 6)), i => BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(14 + i * 6)));
        apis.Keys.Order().ToArray().ShouldBe([0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 22, 32, 42]);
        apis[ApiVersions].ShouldBe((short)3);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(0x47455420)] // "GET "
    public async Task A_frame_that_lies_about_its_length_is_refused(int length)
    {
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);
        (await client.AskAsync(RawClient.Number(length))).ShouldBeNull();
        await AnswersAsync();
    }

    [Fact]
    public async Task A_large_length_alone_takes_no_memory()
    {
        var clients = new List<RawClient>();
        var before = await MemoryAsync();
        for (var i = 0; i < 20; i++)
        {
            clients.Add(await RawClient.ConnectAsync(broker.BootstrapServers));
            await clients[^1].Stream.WriteAsync(RawClient.Number(90 * 1024 * 1024));
        }
        await AnswersAsync();

        (await MemoryAsync() - before).ShouldBeLessThan(200L * 1024 * 1024);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Garbage_in_any_request_closes_its_connection_at_most()
    {
        // A broker of its own: garbage creates topics and groups.
        await using var own = await TestBroker.StartAsync();
        var random = new Random(20261123);
        short[] apis = [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 22, 32, 42];
        await Parallel.ForEachAsync(apis, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (api, stop) =>
        {
            for (short version = 0; version <= 12; version++)
            {
                for (var kind = 0; kind < 6; kind++)
                {
                    var body = new byte[random.Next(0, 200)];
                    // Small numbers get deeper into a request than random ones.
                    for (var i = 0; i < body.Length; i++) body[i] = (byte)(kind < 2 ? random.Next(256) : kind < 4 ? random.Next(3) : random.Next(4) == 0 ? random.Next(20) : 0);
                    using var client = await RawClient.ConnectAsync(own.BootstrapServers);
                    await client.Stream.WriteAsync(RawClient.Request(api, version, 1, body), stop);
                    client.Stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
                }
            }
        });

        using var producer = Clients.Producer(own.BootstrapServers);
        await producer.ProduceAsync("after", new Message<string, string> { Value = "still here" });
        Clients.ReadAll(own.BootstrapServers, "after").Single().Message.Value.ShouldBe("still here");
        own.Process.Logs.ShouldNotContain(line => line.Contains("\"@l\":\"Error\"") || line.Contains("\"@l\":\"Critical\""));
        own.Process.Logs.ShouldContain(line => line.Contains("Closed the connection of"));
    }

    [Fact]
    public async Task A_batch_with_a_wrong_checksum_is_refused_and_not_stored()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using (var producer = Clients.Producer(broker.BootstrapServers)) await producer.ProduceAsync(topic, new Message<string, string> { Value = "right" });
        var log = Directory.GetFiles(Path.Combine(broker.Data, "topics", topic, "0"), "*.log").Single();
        var batch = await File.ReadAllBytesAsync(log);
        batch[^1] ^= 1;

        const short corruptMessage = 2;
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);
        // Produce version 3: no transactional id, acks=all, time-out, one topic, one partition, the batch.
        byte[] body = [0xFF, 0xFF, 0xFF, 0xFF, .. RawClient.Number(1000), .. RawClient.Number(1), .. RawClient.Text(topic), .. RawClient.Number(1), .. RawClient.Number(0),
            .. RawClient.Number(batch.Length), .. batch];
        var answer = (await client.AskAsync(RawClient.Request(api: 0, version: 3, correlation: 1, body))).ShouldNotBeNull();

        BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4 + 4 + 2 + topic.Length + 4 + 4)).ShouldBe(corruptMessage);
        Clients.ReadAll(broker.BootstrapServers, topic).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_fetch_waits_its_time_without_data_and_no_longer_with_it()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);
        byte[] Request(int maxWait, long offset) => RawClient.Request(Fetch, version: 4, correlation: 1,
            [.. RawClient.Number(-1), .. RawClient.Number(maxWait), .. RawClient.Number(1), .. RawClient.Number(1_000_000), 0,
            .. RawClient.Number(1), .. RawClient.Text(topic), .. RawClient.Number(1), .. RawClient.Number(0), .. RawClient.Number(offset), .. RawClient.Number(1_000_000)]);

        var since = Stopwatch.StartNew();
        var empty = (await client.AskAsync(Request(maxWait: 700, offset: 0))).ShouldNotBeNull();
        since.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(650));

        since.Restart();
        var answer = client.AskAsync(Request(maxWait: 60_000, offset: 0));
        using var producer = Clients.Producer(broker.BootstrapServers);
        await producer.ProduceAsync(topic, new Message<string, string> { Value = "wakes" });
        (await answer).ShouldNotBeNull().Length.ShouldBeGreaterThan(empty.Length);
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));

        since.Restart();
        const short offsetOutOfRange = 1;
        var beyond = (await client.AskAsync(Request(maxWait: 60_000, offset: 5))).ShouldNotBeNull();
        BinaryPrimitives.ReadInt16BigEndian(beyond.AsSpan(4 + 4 + 4 + 2 + topic.Length + 4 + 4)).ShouldBe(offsetOutOfRange);
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Transactions_are_refused_for_good()
    {
        using var producer = Clients.Producer(broker.BootstrapServers, config => config.TransactionalId = "till-1");
        var refused = Should.Throw<KafkaException>(() => producer.InitTransactions(TimeSpan.FromSeconds(20)));
        refused.Error.Code.ShouldBe(ErrorCode.TransactionalIdAuthorizationFailed);
        await AnswersAsync();
    }

    async Task AnswersAsync()
    {
        using var client = await RawClient.ConnectAsync(broker.BootstrapServers);
        (await client.AskAsync(RawClient.Request(ApiVersions, version: 0, correlation: 1))).ShouldNotBeNull();
    }

    async Task<long> MemoryAsync()
    {
        var metrics = await broker.Process.Client.GetStringAsync("/metrics");
        return long.Parse(metrics.Split('\n').Single(line => line.StartsWith("kampung_broker_heap_bytes ", StringComparison.Ordinal)).Split(' ')[1]);
    }
}
