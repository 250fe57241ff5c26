using Kampung.Testing;

namespace Kampung.Broker.Tests;

/// <summary>kcat (Debian package kcat), an older librdkafka.</summary>
public class KcatTests(TestBroker broker)
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Kcat_writes_and_reads_with_every_codec(string codec)
    {
        using var folder = new TemporaryFolder();
        var topic = Clients.NewTopic();
        var lines = Enumerable.Range(0, 1000).Select(i => $"key{i}:nasi lemak {i}").ToList();
        await File.WriteAllLinesAsync(folder["lines"], lines);

        await KcatAsync("-P", "-t", topic, "-K", ":", "-z", codec, "-H", "from=kcat", "-X", "acks=all", "-l", folder["lines"]);
        var read = await KcatAsync("-C", "-t", topic, "-e", "-q", "-f", "%k:%s|%h\n");

        read.Order(StringComparer.Ordinal).ShouldBe(lines.Select(line => line + "|from=kcat").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Kcat_reads_in_a_group_from_where_it_left()
    {
        using var folder = new TemporaryFolder();
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 2);
        string[] read = ["-G", group, "-X", "auto.offset.reset=earliest", "-e", "-q", topic];

        await File.WriteAllLinesAsync(folder["lines"], Enumerable.Range(0, 100).Select(i => $"{i}"));
        await KcatAsync("-P", "-t", topic, "-l", folder["lines"]);
        (await KcatAsync(read)).Select(int.Parse).Order().ShouldBe(Enumerable.Range(0, 100));

        await File.WriteAllLinesAsync(folder["lines"], Enumerable.Range(100, 20).Select(i => $"{i}"));
        await KcatAsync("-P", "-t", topic, "-l", folder["lines"]);
        (await KcatAsync(read)).Select(int.Parse).Order().ShouldBe(Enumerable.Range(100, 20));
    }

    [Fact]
    public async Task Kcat_lists_the_broker_and_finds_offsets_by_time()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 3);

        var listing = await KcatAsync("-L", "-t", topic);
        listing.ShouldContain(line => line.Contains($"broker 1 at {broker.BootstrapServers}"));
        listing.Count(line => line.Contains("partition ") && line.Contains("leader 1")).ShouldBe(3);
        (await KcatAsync("-Q", "-t", $"{topic}:0:-1")).ShouldContain(line => line.Contains("offset 0"));
    }

    Task<string[]> KcatAsync(params string[] arguments) => Programs.RunAsync("kcat", ["-b", broker.BootstrapServers, .. arguments]);
}
