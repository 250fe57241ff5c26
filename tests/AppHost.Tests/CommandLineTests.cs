using System.Net;
using System.Net.Sockets;
using Kampung.Testing;

namespace Kampung.AppHost.Tests;

public sealed class CommandLineTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    string Data => folder["data"];

    [Theory]
    [InlineData("--scale", "pizza-service=2", "There is no 'pizza-service' in the village. There are: postgresql, broker,")]
    [InlineData("--scale", "gateway=2", "gateway runs once and cannot be scaled")]
    [InlineData("--scale", "order-service=many", "--scale order-service=many is not understood")]
    [InlineData("--set", "Kafka:Partitions", "--set Kafka:Partitions is not understood")]
    [InlineData("--set", "order-servce:Orders:MaxLines=1", "There is no 'order-servce' in the village. There are: postgresql, broker,")]
    [InlineData("--set", "gatway:Limits:Enabled=false", "There is no 'gatway' in the village. There are: postgresql, broker,")]
    [InlineData("--set", ":Limits:Enabled=false", "--set :Limits:Enabled=false is not understood: ':Limits:Enabled' lacks a name before, after or between its colons.")]
    [InlineData("--set", "gateway:=false", "--set gateway:=false is not understood: 'gateway:' lacks a name before, after or between its colons.")]
    [InlineData("--external", "mongodb=x", "--external mongodb=x is not understood")]
    [InlineData("--port", "70000", "--port 70000 is not a port")]
    public async Task A_wrong_option_is_refused_in_one_sentence(string option, string value, string because) =>
        (await AppHostCommand.RunAsync("--data", Data, option, value)).ShouldRefuse(because);

    [Fact]
    public async Task A_taken_port_is_refused_in_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (await AppHostCommand.RunAsync("up", "--data", Data, "--port", $"{port}", "--no-build")).ShouldRefuse($"Port {port} is taken by another program");
    }

    [Fact]
    public async Task A_data_folder_in_use_is_refused_in_one_sentence_also_to_reset()
    {
        await using var held = new DataFolder(Data).Open();
        (await AppHostCommand.RunAsync("up", "--data", Data, "--port", "0", "--no-build")).ShouldRefuse($"The data folder {Data} is in use by another Kampung");
        (await AppHostCommand.RunAsync("reset", "--data", Data, "--yes")).ShouldRefuse($"The data folder {Data} is in use by another Kampung");
    }

    [Fact]
    public async Task An_external_PostgreSQL_that_does_not_answer_is_refused_in_one_sentence() =>
        (await AppHostCommand.RunAsync("up", "--data", Data, "--port", "0", "--no-build", "--external", $"postgres=Host=127.0.0.1;Port={FreePort.Next()};Username=u;Password=p"))
            .ShouldRefuse("The databases could not be made on the given PostgreSQL");

    [Fact]
    public async Task Without_Nodejs_the_first_start_says_what_to_install()
    {
        // A clone in which npm ci never ran, and a PATH without node.
        var repository = Repository.Find();
        var assembly = Path.Combine(folder["clone"], "artifacts", "bin", "AppHost", Repository.Configuration, "Kampung.AppHost.dll");
        Copy(Path.GetDirectoryName(repository.Assembly("AppHost"))!, Path.GetDirectoryName(assembly)!);
        Directory.CreateDirectory(folder["clone/src/AppHost/npm"]);
        foreach (var file in new[] { "Kampung.slnx", "src/AppHost/npm/package.json", "src/AppHost/npm/package-lock.json" })
            File.Copy(Path.Combine(repository.Root, file), folder["clone/" + file]);
        Directory.CreateDirectory(folder["bin"]);

        (await AppHostCommand.RunAtAsync(assembly, folder["bin"], "up", "--data", Data, "--port", "0", "--no-build")).ShouldRefuse("Node.js is missing: install Node.js 20.19 or newer");

        if (OperatingSystem.IsWindows()) return;
        await File.WriteAllTextAsync(folder["bin/node"], "#!/bin/sh\necho v18.20.4\n");
        File.SetUnixFileMode(folder["bin/node"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (await AppHostCommand.RunAtAsync(assembly, folder["bin"], "up", "--data", Data, "--port", "0", "--no-build")).ShouldRefuse("Node.js 18.20.4 is too old: install Node.js 20.19 or newer");
    }

    [Fact]
    public async Task Status_and_logs_say_when_there_is_nothing_to_show()
    {
        (await AppHostCommand.RunAsync("status", "--data", Data)).ShouldRefuse($"Kampung is not running on {Data}.");
        (await AppHostCommand.RunAsync("logs", "pizza-service", "--data", Data)).ShouldRefuse("There is no 'pizza-service' in the village.");
        (await AppHostCommand.RunAsync("logs", "order-service", "--data", Data)).ShouldRefuse("order-service has written no log");
        (await AppHostCommand.RunAsync("logs", "../secret", "--data", Data)).ShouldRefuse("There is no '../secret' in the village.");
    }

    [Fact]
    public async Task Reset_asks_first_and_deletes_only_a_data_folder()
    {
        await using (new DataFolder(Data).Open()) await File.WriteAllTextAsync(Path.Combine(Data, "mailbox", "letter.eml"), "dear");
        (await AppHostCommand.RunAsync("reset", "--data", Data)).ShouldRefuse("say so with --yes");
        File.Exists(Path.Combine(Data, "mailbox", "letter.eml")).ShouldBeTrue();

        var result = await AppHostCommand.RunAsync("reset", "--data", Data, "--yes");
        result.Exit.ShouldBe(0, result.Error);
        Directory.Exists(Data).ShouldBeFalse();
        (await AppHostCommand.RunAsync("reset", "--data", Data, "--yes")).Exit.ShouldBe(0);

        Directory.CreateDirectory(folder["photos"]);
        (await AppHostCommand.RunAsync("reset", "--data", folder["photos"], "--yes")).ShouldRefuse("does not look like a data folder of Kampung");
        Directory.Exists(folder["photos"]).ShouldBeTrue();
    }

    static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public void Dispose() => folder.Dispose();
}
