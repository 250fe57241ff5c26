using System.Text.Json;
using Kampung.AppHost;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

/// <summary>kafkajs, a client that shares no code with librdkafka; the scripts are beside this file in kafkajs/.</summary>
public class KafkaJsTests(TestBroker broker)
{
    static readonly string Folder = Path.Combine(Repository.Find().Root, "tests", "Broker.Tests", "kafkajs");

    [Fact]
    public async Task Kafkajs_writes_and_reads_with_headers_and_gzip()
    {
        var topic = Clients.NewTopic();
        var read = await NodeAsync("produce-and-consume.mjs", topic, Clients.NewGroup());
        read.GetProperty("values").EnumerateArray().Select(value => value.GetString()).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(0, 200).Select(i => $"rendang {i}").Order(StringComparer.Ordinal));
        read.GetProperty("headers").EnumerateArray().ShouldAllBe(header => header.GetString() == "kafkajs");

        Clients.ReadAll(broker.BootstrapServers, topic).Count.ShouldBe(200);
    }

    [Fact]
    public async Task Kafkajs_members_share_the_partitions_of_a_group()
    {
        var shared = await NodeAsync("group.mjs", Clients.NewTopic(), Clients.NewGroup());
        shared.GetProperty("assigned").EnumerateArray().Select(member => member.GetArrayLength()).ShouldBe([2, 2]);
        shared.GetProperty("read").EnumerateArray().Select(value => int.Parse(value.GetString()!)).Order().ShouldBe(Enumerable.Range(0, 100));
        shared.GetProperty("again").EnumerateArray().Select(value => int.Parse(value.GetString()!)).ShouldBe([100]);
    }

    [Fact]
    public async Task Kafkajs_administers_topics_groups_offsets_and_settings()
    {
        var told = await NodeAsync("admin.mjs", Clients.NewTopic(), Clients.NewGroup());
        told.GetProperty("created").GetBoolean().ShouldBeTrue();
        told.GetProperty("createdAgain").GetBoolean().ShouldBeFalse();
        told.GetProperty("partitions").GetInt32().ShouldBe(3);
        told.GetProperty("retention").GetString().ShouldBe("3600000");
        told.GetProperty("high").EnumerateArray().Sum(offset => int.Parse(offset.GetString()!)).ShouldBe(10);
        told.GetProperty("byTime").EnumerateArray().Sum(offset => int.Parse(offset.GetString()!)).ShouldBe(4);
        told.GetProperty("state").GetString().ShouldBe("Empty");
        told.GetProperty("listed").GetBoolean().ShouldBeTrue();
        told.GetProperty("committed").EnumerateArray().Sum(offset => int.Parse(offset.GetString()!)).ShouldBe(5);
        told.GetProperty("groupDeleted").GetBoolean().ShouldBeTrue();
        told.GetProperty("topicDeleted").GetBoolean().ShouldBeTrue();
    }

    /// <returns>The script's last line, which is JSON.</returns>
    async Task<JsonElement> NodeAsync(string script, params string[] arguments)
    {
        await Npm.InstallAsync(Folder);
        var lines = await Programs.RunAsync("node", [script, broker.BootstrapServers, .. arguments], Folder);
        return JsonDocument.Parse(lines[^1]).RootElement;
    }
}
