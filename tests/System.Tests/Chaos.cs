using System.Text.Json;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>A short run of what <c>dotnet run --project src/AppHost -- chaos</c> does for as long as one likes.</summary>
[Collection(AloneCollection.Name)]
public sealed class Chaos
{
    [Fact]
    public async Task Everything_is_killed_while_customers_order_and_the_books_balance()
    {
        using var folder = new TemporaryFolder();

        var (exit, lines) = await AppHostCommand.RunAsync(
            "chaos", "--orders", "90", "--minutes", "1", "--flow", "both", "--seed", "7", "--no-build", "--report", folder.Path, "--data", folder["village"]);

        exit.ShouldBe(0, string.Join('\n', lines));
        var report = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(folder["chaos-7.json"]));
        report.GetProperty("holds").GetBoolean().ShouldBeTrue();
        var faults = report.GetProperty("faults").EnumerateArray().ToLookup(fault => fault.GetProperty("kind").GetString());
        var killed = Recovered("kill").Concat(Recovered("restart")).ToHashSet();
        foreach (var member in AppHost.Village.Members) killed.ShouldContain(member.Name);
        Recovered("pause").ShouldBe(["order-service", "payment-service", "broker"], ignoreOrder: true);
        // Each order has several events. One round may find none: another that waited for the broker was just over.
        faults["redeliver"].Sum(fault => fault.GetProperty("copies").GetInt32()).ShouldBeGreaterThan(90);
        report.GetProperty("answersLost").GetArrayLength().ShouldBeGreaterThan(0);
        report.GetProperty("bought").EnumerateArray().Count(one => one.GetProperty("orderId").ValueKind == JsonValueKind.String).ShouldBe(90);
        (await File.ReadAllTextAsync(folder["chaos-7.md"])).ShouldContain("the books balance");

        IEnumerable<string?> Recovered(string kind) => faults[kind].Where(fault => fault.GetProperty("recoverySeconds").ValueKind == JsonValueKind.Number)
            .Select(fault => fault.GetProperty("target").GetString());
    }
}

/// <summary>Two processors are enough for one such village at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
