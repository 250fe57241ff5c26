using System.Diagnostics;
using System.Globalization;
using Kampung.AppHost.Audit;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost.Chaos;

/// <summary>The verb <c>chaos</c>: customers order at a steady rate while a plan of faults is carried out; then the village settles, and the books must balance.</summary>
public static class ChaosRun
{
    const int CustomerCount = 12;

    /// <summary>Faults that may be late before the orders wait for them.</summary>
    const int MostLate = 3;

    static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    /// <returns>0 when all was well in the end, 2 when it was not.</returns>
    public static async Task<int> RunAsync(ChaosOptions options, CancellationToken stop)
    {
        using var told = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var signals = new StopSignals(told);
        var clock = Stopwatch.StartNew();
        try
        {
            await using var village = await ChaosVillage.OpenAsync(options.Data, options.Village, options.Build, Say, told.Token);
            var report = await RunAsync(options, village, clock, Say, told.Token);
            village.Keep = !report.Holds;
            Console.WriteLine();
            foreach (var line in report.Summary()) Console.WriteLine(line);
            foreach (var line in report.Audit.Lines()) Console.WriteLine(line);
            Console.WriteLine($"report: {await report.WriteAsync(options.Report, told.Token)}");
            if (village.KeptAt is { } folder) Console.WriteLine($"The village's data and logs are kept in {folder}; look into it with: dotnet run --project src/AppHost -- --data {folder}");
            return report.Holds ? 0 : 2;
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested)
        {
            Say("stopped");
            return 1;
        }

        void Say(string text)
        {
            lock (clock) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds,6:0.0}s  {text}"));
        }
    }

    static async Task<ChaosReport> RunAsync(ChaosOptions options, ChaosVillage village, Stopwatch clock, Action<string> say, CancellationToken stop)
    {
        var processes = (await village.Control.ProcessesAsync(stop)).Select(process => process.Name).ToList();
        var plan = FaultPlan.Make(processes, options.Duration, options.Seed);
        say($"the village is up; the plan of seed {options.Seed}, in seconds from now:");
        foreach (var fault in plan) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fault.At.TotalSeconds,9:0.0}  {fault}"));

        using var gateway = new HttpClient(new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
        {
            BaseAddress = new Uri(village.Control.File.Gateway), Timeout = TimeSpan.FromMinutes(2),
        };
        using var tokens = new VillageTokens(village.Control);
        using var customers = new Customers(gateway, tokens, clock);
        await customers.ReadCatalogueAsync(stop);
        await customers.RegisterAsync(CustomerCount, stop);
        var wishes = ShoppingList.Make(options.Orders, options.Duration, options.Flows, CustomerCount, customers.Prepared, customers.Stocked, options.Seed);
        using var redelivery = new Redelivery(village.Control.File, options.Seed);
        if (village.IsOwn) await RestockAsync(village.Control, customers.Prepared + customers.Stocked, options.Orders, tokens, stop);
        else await redelivery.SkipAsync(stop);

        clock.Restart();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var parked = ParkedEvents.WatchAsync(village.Control, tokens, ended.Token);
        using var saboteur = new Saboteur(village.Control, redelivery, clock, say);
        var (buying, suffering) = (customers.BuyAsync(wishes, IsItsTurn, stop), saboteur.RunAsync(plan, stop));
        for (var all = Task.WhenAll(buying, suffering); await Task.WhenAny(all, Task.Delay(ProgressEvery, stop)) != all && !stop.IsCancellationRequested;)
            say($"{customers.Answered} of {wishes.Count} orders taken, {customers.Failures.Values.Sum()} requests repeated");
        var (bought, suffered) = (await buying, await suffering);

        // On a slow machine the faults take longer than planned, and orders are placed as long as there are any.
        bool IsItsTurn(Wish wish) => saboteur.Begun >= plan.Count(fault => fault.At <= wish.At) - MostLate;

        // All that happened comes once more, now that everybody is well.
        var last = new Fault(clock.Elapsed, FaultKind.Redeliver, "all topics");
        suffered = [.. suffered, new Suffered(last, last.At, null, Copies: await redelivery.RunAsync(stop))];
        say("nothing is broken any more; the village settles");
        var settling = Stopwatch.StartNew();
        var (audit, books) = await Auditor.AuditAsync(village.Control, options.Settle,
            ChaosInvariants.Of(bought), stop);
        await ended.CancelAsync();
        return new ChaosReport(options, DateTimeOffset.UtcNow, plan, suffered, bought, customers.Failures, await parked, books, settling.Elapsed, audit);
    }

    /// <summary>Puts more on the shelves of a new village, so that many orders do not all end for want of flower pots. Some of it still runs out.</summary>
    static async Task RestockAsync(ControlClient control, int products, int orders, VillageTokens tokens, CancellationToken stop)
    {
        using var http = tokens.OperatorClient(TimeSpan.FromSeconds(20));
        var processes = await control.ProcessesAsync(stop);
        if (processes.FirstOrDefault(process => process.Service == "inventory-service") is not { } inventory) return;
        using var groups = new ConsumerGroups(control.File);
        var books = await Books.ReadAsync(processes, http, groups, stop);
        // It hears of the catalogue a little later than the shop opens.
        for (var since = Stopwatch.StartNew(); books.Stock.Count < products && since.Elapsed < TimeSpan.FromMinutes(1); books = await Books.ReadAsync(processes, http, groups, stop))
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        foreach (var stock in books.Stock.Where(stock => stock.Counted))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{inventory.Address}/stock/adjustments")
            {
                Content = JsonContent.Create(new { variantId = stock.VariantId, delta = 1 + orders / 12, reason = "goods received" }),
                Headers = { { "Idempotency-Key", $"chaos-{stock.VariantId}" } },
            };
            using var answer = await http.SendAsync(request, stop);
            if (!answer.IsSuccessStatusCode) throw new KampungException($"inventory-service took no goods: it answers {(int)answer.StatusCode}.");
        }
    }
}
