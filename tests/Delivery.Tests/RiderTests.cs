using Kampung.Testing;
using Npgsql;

namespace Kampung.Delivery.Tests;

/// <summary>Two instances whose deliveries are ridden by people. Each test has riders of its own.</summary>
public sealed class ByHand(DeliveryVillage village) : IAsyncLifetime
{
    public const int PerRider = 5;

    public DeliveryService Deliveries { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Deliveries = await village.StartAsync(new()
    {
        ["Delivery__ByHand"] = "true", ["Delivery__DeliveriesPerRider"] = $"{PerRider}", ["Delivery__AssignWithin"] = "01:00:00",
    }, instances: 2);

    public ValueTask DisposeAsync() => Deliveries.DisposeAsync();
}

/// <summary>Who rides, how much they can take, and what happens when nobody does.</summary>
public sealed class RiderTests(ByHand byHand) : IClassFixture<ByHand>
{
    DeliveryService Deliveries => byHand.Deliveries;

    [Fact]
    public async Task Without_a_rider_the_attempt_fails_then_another_rider_is_tried_until_all_attempts_are_used_up()
    {
        await OffDutyAsync();
        var order = Order.New();
        await Deliveries.DeliverAsync(order);
        // An hour later.
        (await Deliveries.QueryAsync<long>("with due as (update deliveries set wake_at = now() where order_id = $1 returning 1) select count(*) from due", order.OrderId)).ShouldBe(1);
        await FailedAsync(order, attempt: 1, "No rider is free.", exhausted: false);

        var aminah = await HireAsync();
        (await ReassignAsync(order, 1)).Attempt.ShouldBe(2);
        var delivery = await Deliveries.StatusAsync(order, "assigned");
        delivery.Rider!.Id.ShouldBe(aminah.Id);
        (await ReassignAsync(order, 1)).ShouldBe(delivery); // as if the answer had been lost
        (await Deliveries.PostAsync($"/deliveries/{delivery.Id}/delivered")).StatusCode.ShouldBe(System.Net.HttpStatusCode.Conflict);
        for (var i = 0; i < 2; i++) await ReportFailedAsync(delivery, attempt: 2);
        await FailedAsync(order, attempt: 2, "flat tyre", exhausted: false);

        var bala = await HireAsync();
        await ReassignAsync(order, 2);
        (await Deliveries.StatusAsync(order, "assigned")).Rider!.Id.ShouldBe(bala.Id);
        (await ReportFailedAsync(delivery, attempt: 2)).Status.ShouldBe("assigned"); // a late copy of the first report fails nothing
        await Deliveries.AskAsync<Delivery>($"/deliveries/{delivery.Id}/picked-up");
        await ReportFailedAsync(delivery, attempt: null);
        await FailedAsync(order, attempt: 3, "flat tyre", exhausted: true);

        (await ReassignAsync(order, 3)).ShouldSatisfyAllConditions(d => d.Status.ShouldBe("failed"), d => d.Attempt.ShouldBe(3));
        (await Deliveries.CancelAsync(order)).Status.ShouldBe("cancelled");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe("delivery-assigned 2, delivery-picked-up 1, delivery-failed 3, delivery-cancelled 1");
    }

    [Fact]
    public async Task No_rider_gets_more_than_they_can_take_and_who_is_free_again_gets_the_next_one()
    {
        await OffDutyAsync();
        var riders = new[] { await HireAsync(), await HireAsync() };
        var orders = Enumerable.Range(0, 3 * ByHand.PerRider).Select(_ => Order.New()).ToList();
        await Task.WhenAll(orders.Select(order => Deliveries.DeliverAsync(order)));
        await AllFullAsync(waiting: ByHand.PerRider);
        foreach (var rider in riders)
            (await Deliveries.GetAsync<Page<Delivery>>($"/deliveries?riderId={rider.Id}&limit=100&status=assigned")).Items.Count.ShouldBe(ByHand.PerRider);

        var mine = (await Deliveries.GetAsync<Page<Delivery>>($"/deliveries?riderId={riders[0].Id}&status=assigned&limit=1")).Items.Single();
        for (var i = 0; i < 2; i++) (await Deliveries.AskAsync<Delivery>($"/deliveries/{mine.Id}/picked-up")).Status.ShouldBe("pickedUp");
        for (var i = 0; i < 2; i++) (await Deliveries.AskAsync<Delivery>($"/deliveries/{mine.Id}/delivered")).Status.ShouldBe("delivered");
        await (await Deliveries.PostAsync($"/deliveries/{mine.Id}/picked-up")).ShouldBeProblem(409, "delivery-out-of-turn");
        await (await Deliveries.PostAsync($"/deliveries/{mine.Id}/failed", new { reason = "late" })).ShouldBeProblem(409, "delivery-out-of-turn");

        await AllFullAsync(waiting: ByHand.PerRider - 1);
        (await Deliveries.GetAsync<Page<Delivery>>($"/deliveries?riderId={riders[0].Id}&limit=100&status=assigned")).Items.Count.ShouldBe(ByHand.PerRider);
        foreach (var order in orders.Where(order => order.OrderId != mine.OrderId)) await Deliveries.CancelAsync(order); // not for other tests' riders

        async Task AllFullAsync(int waiting)
        {
            await Eventually.Is(async () => (await Task.WhenAll(orders.Select(Deliveries.FindAsync))).Count(delivery => delivery.Status == "waiting") == waiting);
            foreach (var rider in riders) (await RidersAsync()).Single(r => r.Id == rider.Id).Load.ShouldBe(ByHand.PerRider);
        }
    }

    [Fact]
    public async Task A_rider_is_told_what_to_fetch_where_and_whom_to_bring_it_in_both_flows()
    {
        var (chiefs, nobodys) = (Order.New(), Order.New());
        await Deliveries.DeliverAsync(chiefs);
        await Deliveries.PlacedAsync(nobodys, prepared: false);
        await Deliveries.PaidAsync(nobodys);

        foreach (var (order, quantities) in new (Order, int[])[] { (chiefs, [2]), (nobodys, [1, 1]) })
        {
            await Eventually.Is(async () => (await Deliveries.FindAsync(order)).Status is "waiting" or "assigned");
            var errand = (await Deliveries.GetAsync<Page<Errand>>("/deliveries?limit=100")).Items.Single(errand => errand.OrderId == order.OrderId);
            errand.Address.Line1.ShouldBe("Jalan Alor 1");
            errand.Parcels.Select(parcel => parcel.Quantity).ShouldBe(quantities);
            errand.Parcels.ShouldAllBe(parcel => parcel.Title == "Satay" && parcel.Stall == "Satay");
            await Deliveries.CancelAsync(order); // not for other tests' riders
        }
    }

    [Fact]
    public async Task A_rider_picking_up_at_the_moment_of_calling_off_wins_or_loses_never_both()
    {
        await OffDutyAsync();
        for (var i = 0; i < 8; i++) await HireAsync();
        var outcomes = new HashSet<string>();
        for (var i = 0; i < 30; i++)
        {
            var order = Order.New();
            await Deliveries.DeliverAsync(order);
            var delivery = await Deliveries.StatusAsync(order, "assigned");
            var pickUp = () => Deliveries.PostAsync($"/deliveries/{delivery.Id}/picked-up");
            var cancel = () => Deliveries.PostAsync("/deliveries/cancel", new { order.OrderId });
            var answers = i % 2 == 0 ? await Task.WhenAll(pickUp(), cancel()) : [.. (await Task.WhenAll(cancel(), pickUp())).AsEnumerable().Reverse()];
            answers.Count(answer => answer.IsSuccessStatusCode).ShouldBe(1);
            outcomes.Add(answers[0].IsSuccessStatusCode ? "picked up" : "called off");
            await (answers[0].IsSuccessStatusCode ? answers[1] : answers[0]).ShouldBeProblem(409);
            (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(answers[0].IsSuccessStatusCode ? "delivery-assigned 1, delivery-picked-up 1" : "delivery-assigned 1, delivery-cancelled 1");
            if (answers[0].IsSuccessStatusCode) await Deliveries.AskAsync<Delivery>($"/deliveries/{delivery.Id}/delivered");
        }
        outcomes.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_name_is_one_rider_s()
    {
        DeliveryService.Riders.ShouldBeSubsetOf((await RidersAsync()).Select(rider => rider.Name));
        await (await Deliveries.PostAsync("/riders", new { name = "Aminah" })).ShouldBeProblem(409, "rider-exists");
    }

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var (aminah, order, delivery) = await AssignedAsync();
        await Deliveries.Instances[0].ShouldBeGuarded("delivery-service", belongings: new(TestIssuer.Shared.Token(aminah, "rider"),
        [
            new("GET /deliveries", Mark: $"{order.OrderId}"),
            new("POST /deliveries/{id}/picked-up", delivery.Id),
            new("POST /deliveries/{id}/delivered", delivery.Id),
            new("POST /deliveries/{id}/failed", delivery.Id, Body: new { reason = "rain" }),
            new("GET /riders/me", Mark: $"{aminah}"),
            new("POST /riders/me/on-duty", Answer: null),
            new("POST /riders/me/off-duty", Answer: null),
        ]));
        (await Deliveries.FindAsync(order)).ShouldBe(delivery);
        (await RidersAsync()).Single(rider => rider.Id == aminah).OnDuty.ShouldBeTrue();
        await Deliveries.CancelAsync(order);
    }

    [Fact]
    public async Task A_delivery_that_becomes_anothers_while_its_rider_reports_is_not_theirs_any_more()
    {
        var (aminah, order, delivery) = await AssignedAsync();
        await using var connection = new NpgsqlConnection(Deliveries.Database);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync("select 1 from deliveries where id = $1 for update", delivery.Id);

        var report = Deliveries.Http.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/deliveries/{delivery.Id}/picked-up").With(TestIssuer.Shared.Token(aminah, "rider")));
        await Eventually.Is(async () => await Deliveries.QueryAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%deliveries%for update%' and pid <> pg_backend_pid()") > 0);
        await ExecuteAsync("update deliveries set rider_id = $2, rider_name = 'Bala' where id = $1", delivery.Id, Guid.CreateVersion7());
        await transaction.CommitAsync();

        await (await report).ShouldBeProblem(404);
        (await Deliveries.FindAsync(order)).Status.ShouldBe("assigned");
        await Deliveries.CancelAsync(order);

        async Task ExecuteAsync(string sql, params Guid[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>A rider with an account, the only one on duty, and what they are on the way to.</summary>
    async Task<(Guid Rider, Order Order, Delivery Delivery)> AssignedAsync()
    {
        await OffDutyAsync();
        var (rider, order) = (Guid.CreateVersion7(), Order.New());
        await Stall.ReadAsync<Rider>(await Deliveries.Http.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/riders/me/on-duty").With(TestIssuer.Shared.Token(rider, "rider"))));
        await Deliveries.DeliverAsync(order);
        var delivery = await Deliveries.StatusAsync(order, "assigned");
        delivery.Rider!.Id.ShouldBe(rider);
        return (rider, order, delivery);
    }

    async Task<Rider> HireAsync() => await Deliveries.AskAsync<Rider>("/riders", new { name = $"Rider {Guid.NewGuid():N}" });

    async Task<IReadOnlyList<Rider>> RidersAsync() => (await Deliveries.GetAsync<Page<Rider>>("/riders?limit=100")).Items;

    async Task OffDutyAsync()
    {
        foreach (var rider in await RidersAsync()) (await Deliveries.AskAsync<Rider>($"/riders/{rider.Id}/off-duty")).OnDuty.ShouldBeFalse();
    }

    Task<Delivery> ReassignAsync(Order order, int attempt) => Deliveries.AskAsync<Delivery>("/deliveries/reassign", new { order.OrderId, attempt });

    Task<Delivery> ReportFailedAsync(Delivery delivery, int? attempt) => Deliveries.AskAsync<Delivery>($"/deliveries/{delivery.Id}/failed", new { reason = "flat tyre", attempt });

    async Task FailedAsync(Order order, int attempt, string reason, bool exhausted)
    {
        var fact = (await Deliveries.EventsAsync("delivery-failed", order.OrderId, attempt))[^1];
        fact.GetProperty("attempt").GetInt32().ShouldBe(attempt);
        fact.GetProperty("reason").GetString().ShouldBe(reason);
        fact.GetProperty("exhausted").GetBoolean().ShouldBe(exhausted);
    }
}
