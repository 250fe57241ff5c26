using System.Net.Http.Json;
using System.Text.Json;
using Kampung.AppHost;
using Kampung.AppHost.Audit;
using Kampung.Testing;
using Npgsql;

namespace Kampung.SystemTests;

/// <summary>The audit can fail: each invariant is broken in a database of a running village, and the audit says which, and which order it is.</summary>
[Collection(VillageCollection.Name)]
public sealed class BooksOutOfBalance(VillageFixture fixture)
{
    readonly Testing.Village village = fixture.Village;

    [Fact]
    public async Task A_healthy_village_balances()
    {
        await Task.WhenAll(CompletedOrder(), CompletedOrder("choreographed"), Ordered(Card.Declined, "rejected"));

        var (exit, lines) = await AppHostCommand.RunAsync("audit", "--data", village.Data.Path, "--settle", "60");

        exit.ShouldBe(0, string.Join('\n', lines));
        lines.ShouldContain("The books balance.");
        lines.Count(line => line.StartsWith("ok ", StringComparison.Ordinal)).ShouldBe(Invariants.All.Count);
    }

    public static TheoryData<string, string, string, string> Breaks => new()
    {
        {
            "every order ended, or waits with a reason", "orders",
            "insert into orders select (jsonb_populate_record(o, '{\"id\": \"$other\", \"status\": \"Placed\", \"flow\": \"Orchestrated\"}')).* from orders o where id = '$order'",
            "delete from orders where id = '$other'"
        },
        {
            "nothing is held, cooked, carried or charged for an order that was undone", "kitchen",
            "create table kept as select * from tickets where order_id = '$order'; update tickets set status = 'Held' where order_id = '$order'",
            "update tickets set status = kept.status from kept where kept.id = tickets.id; drop table kept"
        },
        {
            "charged minus refunded is the total of the orders that stand", "orders",
            "update orders set total = total - 1 where id = '$order'",
            "update orders set total = total + 1 where id = '$order'"
        },
        {
            "payment-service and the provider have the same books", "payments",
            "update payments set amount = amount + 1 where order_id = '$order'",
            "update payments set amount = amount - 1 where order_id = '$order'"
        },
        {
            "on hand + reserved + sold = received", "inventory",
            "update stock set reserved = reserved + 1, on_hand = on_hand - 1 where variant_id = (select variant_id from stock where counted and on_hand > 0 order by variant_id limit 1)",
            "update stock set reserved = reserved - 1, on_hand = on_hand + 1 where variant_id = (select variant_id from stock where counted and reserved > 0 order by variant_id limit 1)"
        },
        {
            "one notification of each kind an order and channel, and none missing", "notifications",
            "create table kept as select * from notifications where about = '$order' and kind = 'payment-receipt'; delete from notifications where about = '$order' and kind = 'payment-receipt'",
            "insert into notifications select * from kept; drop table kept"
        },
        {
            "no dead letter is open", "orders",
            """
            insert into parked_messages (consumer, event_id, topic, partition, "offset", key, headers, body, state, attempts, error, due_at, parked_at)
            values ('order-service', '$other', 'payment-confirmed', 0, 0, '$order', '{}', '', 'dead', 15, 'no such order', now(), now())
            """,
            "delete from parked_messages where event_id = '$other'"
        },
        {
            "no event is parked", "orders",
            """
            insert into parked_messages (consumer, event_id, topic, partition, "offset", key, headers, body, state, attempts, error, due_at, parked_at)
            values ('order-service', '$other', 'payment-confirmed', 0, 0, '$other', '{}', '', 'parked', 3, 'not now', now() + interval '1 day', now())
            """,
            "delete from parked_messages where event_id = '$other'"
        },
        {
            "a confirmed order has its stock, and a completed one was cooked and delivered", "delivery",
            "create table kept as select * from deliveries where order_id = '$order'; delete from deliveries where order_id = '$order'",
            "insert into deliveries select * from kept; drop table kept"
        },
    };

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task What_is_broken_is_what_is_reported(string invariant, string database, string breakIt, string mendIt)
    {
        var order = await CompletedOrder();
        var (balances, before) = await AuditAsync(settle: 60);
        balances.ShouldBeTrue(string.Join('\n', before));
        var other = Guid.CreateVersion7();

        await ExecuteAsync(database, breakIt);
        var (holds, lines) = await AuditAsync(settle: 1);
        await ExecuteAsync(database, mendIt);

        holds.ShouldBeFalse(string.Join('\n', lines));
        lines.Where(line => line.StartsWith("BROKEN", StringComparison.Ordinal)).ShouldBe([$"BROKEN {invariant}"], string.Join('\n', lines));
        var which = invariant switch { "every order ended, or waits with a reason" => $"{other}", "no event is parked" => "order-service: 1 events could not be handled", _ => $"{order}" };
        if (breakIt.Contains('$', StringComparison.Ordinal)) lines.ShouldContain(line => line.Contains(which, StringComparison.Ordinal));

        async Task ExecuteAsync(string name, string sql)
        {
            await using var connection = new NpgsqlConnection(village.Database(name));
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql.Replace("$order", $"{order}", StringComparison.Ordinal).Replace("$other", $"{other}", StringComparison.Ordinal), connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task An_outbox_that_is_not_emptied_is_reported()
    {
        await village.Control.SendAsync("broker", "pause");
        try
        {
            await village.Tokens.RegisterAsync("Siti binti Osman", $"siti.{Guid.NewGuid():N}@example.com");

            var (exit, lines) = await AppHostCommand.RunAsync("audit", "--data", village.Data.Path, "--settle", "1");

            exit.ShouldBe(2);
            lines.ShouldContain("BROKEN every outbox is empty");
            lines.ShouldContain(line => line.Contains("identity-service: 1 events wait since", StringComparison.Ordinal));
        }
        finally
        {
            await village.Control.SendAsync("broker", "resume");
        }
    }

    [Fact]
    public async Task An_event_that_is_not_taken_in_yet_is_reported_and_what_is_forgotten_in_time_is_not()
    {
        // Long ago: by now everybody has forgotten what they did for it.
        var order = await CompletedOrder();
        foreach (var (name, forget) in new[]
                 {
                     ("orders", "update orders set placed_at = placed_at - interval '401 days' where id = '$order'"), ("notifications", "delete from notifications where about = '$order'"),
                     ("kitchen", "delete from orders where order_id = '$order'"), ("delivery", "delete from deliveries where order_id = '$order'"),
                     ("inventory", "delete from reservations where order_id = '$order'"),
                 })
        {
            await using var service = await OpenAsync(name);
            await using var command = new NpgsqlCommand(forget.Replace("$order", $"{order}", StringComparison.Ordinal), service);
            (await command.ExecuteNonQueryAsync()).ShouldBeGreaterThan(0, name);
        }

        await using (var notifications = await OpenAsync("notifications"))
        await using (var transaction = await notifications.BeginTransactionAsync())
        {
            // Nobody can note that an event was heard.
            await using var held = new NpgsqlCommand("lock table inbox in exclusive mode", notifications, transaction);
            await held.ExecuteNonQueryAsync();
            await fixture.NewShopper();

            var (holds, lines) = await AuditAsync(settle: 1);

            holds.ShouldBeFalse(string.Join('\n', lines));
            lines.ShouldContain("BROKEN every event was taken in by everybody who hears it");
            lines.ShouldContain(line => line.Contains("notification-service has not taken in 1 of customer-registered", StringComparison.Ordinal));
        }
        var (balances, after) = await AuditAsync(settle: 60);
        balances.ShouldBeTrue(string.Join('\n', after));

        async Task<NpgsqlConnection> OpenAsync(string name)
        {
            var connection = new NpgsqlConnection(village.Database(name));
            await connection.OpenAsync();
            return connection;
        }
    }

    /// <summary>What the verb does, without a process of its own.</summary>
    async Task<(bool Holds, IReadOnlyList<string> Lines)> AuditAsync(int settle)
    {
        var (report, _) = await Auditor.AuditAsync(village.Control, TimeSpan.FromSeconds(settle), [], TestContext.Current.CancellationToken);
        return (report.Holds, [.. report.Lines()]);
    }

    Task<Guid> CompletedOrder(string flow = "orchestrated") => Ordered(Card.Good, "completed", flow);

    async Task<Guid> Ordered(string card, string ends, string flow = "orchestrated")
    {
        var shopper = await fixture.NewShopper();
        var satay = (await shopper.FindsAsync("satay")).GetProperty("id").GetGuid();
        var answer = await shopper.OrdersAsync(new { lines = new[] { new { variantId = satay, quantity = 1 } }, addressId = shopper.AddressId, paymentToken = card, flow });
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        await Eventually.Is(async () => (await shopper.ReadsAsync($"/api/orders/{id}")).GetProperty("status").GetString() == ends, TimeSpan.FromSeconds(60));
        return id;
    }
}
