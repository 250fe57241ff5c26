using System.Net.Sockets;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

public class StartTests
{
    [Fact]
    public async Task Port_0_takes_a_free_port_and_tells_it()
    {
        using var folder = new TemporaryFolder();
        await using var process = await ServiceProcess.StartAsync("Broker", new() { ["Broker__Data"] = folder["data"], ["Broker__Port"] = "0" });

        var about = JsonDocument.Parse(await process.Client.GetStringAsync("/")).RootElement;

        var servers = about.GetProperty("bootstrapServers").GetString()!;
        using var client = await RawClient.ConnectAsync(servers);
        process.Logs.ShouldContain(line => line.Contains(servers));
        process.Logs.ShouldAllBe(line => JsonDocument.Parse(line, default).RootElement.GetProperty("@t").GetDateTime() > DateTime.UnixEpoch);
    }

    [Fact]
    public async Task A_taken_port_is_told_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var port = ((System.Net.IPEndPoint)other.LocalEndpoint).Port;
        await ShouldRefuse($"Port {port} is taken by another process; set Broker:Port to a free one, or to 0.",
            new() { ["Broker__Data"] = folder["data"], ["Broker__Port"] = $"{port}" });
    }

    [Fact]
    public async Task A_taken_HTTP_port_is_told_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var url = $"http://127.0.0.1:{((System.Net.IPEndPoint)other.LocalEndpoint).Port}";
        await ShouldRefuse("The broker's HTTP port is taken by another process", new() { ["Broker__Data"] = folder["data"], ["Broker__Port"] = "0", ["ASPNETCORE_URLS"] = url });
    }

    [Fact]
    public async Task A_data_folder_in_use_is_told_in_one_sentence()
    {
        await using var first = await TestBroker.StartAsync();
        await ShouldRefuse($"The data folder {first.Data} is in use by another broker.", new() { ["Broker__Data"] = first.Data, ["Broker__Port"] = "0" });
    }

    [Theory]
    [InlineData("Broker__Port", "70000", "Broker:Port is 70000; it must be a port number, or 0 for a free one.")]
    [InlineData("Broker__Partitions", "0", "Broker:Partitions is 0; it must be 1 to 1000.")]
    [InlineData("Broker__Port", "many", "The configuration cannot be read")]
    [InlineData("Broker__Listen", "nowhere", "Broker:Listen is 'nowhere'; it must be an IP address.")]
    public async Task A_setting_that_cannot_be_is_told_in_one_sentence(string setting, string value, string sentence)
    {
        using var folder = new TemporaryFolder();
        await ShouldRefuse(sentence, new() { ["Broker__Data"] = folder["data"], [setting] = value });
    }

    static async Task ShouldRefuse(string sentence, Dictionary<string, string?> environment)
    {
        await using var process = await ServiceProcess.StartAsync("Broker", environment, ready: null);
        (await process.Exited.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(1);
        process.Logs.Where(line => !line.StartsWith('{')).ShouldHaveSingleItem().ShouldStartWith(sentence);
        process.Logs.ShouldNotContain(line => line.Contains("@x"));
    }
}
