using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Kampung.AppHost.Display;
using Kampung.AppHost.Processes;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost;

/// <summary>The verb <c>up</c>: starts the village, keeps it running until told to stop, and stops it in order.</summary>
public static class Up
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <returns>0 after Ctrl+C or SIGTERM.</returns>
    /// <exception cref="KampungException">It cannot start; what was started is stopped by then.</exception>
    public static async Task<int> RunAsync(UpOptions options, CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        using var told = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var signals = new StopSignals(told);

        var data = options.Data;
        await using var held = data.Open();
        var leftovers = data.EndLeftovers();
        var port = options.Port == 0 ? FreePort.Next() : options.Port;
        await RequireFreeAsync(port, patience: leftovers > 0 ? TimeSpan.FromSeconds(5) : TimeSpan.Zero);

        var display = Console.IsOutputRedirected ? (IDisplay)new PlainLines(since) : new LiveTable(since);
        await using var shown = display;
        var repository = Repository.Find();
        if (leftovers > 0) display.Say($"ended {leftovers} processes of a run that was killed");
        try
        {
            var npm = Npm.InstallAsync(repository.Npm, told.Token);
            if (!Npm.IsInstalled(repository.Npm)) display.Say("installing PostgreSQL's binaries (npm ci)");
            if (options.Build) await new SourceBuild(repository).RunAsync(display.Say, told.Token);
            await npm;
            if (options.Build) await new WebBuild(repository).RunAsync(display.Say, told.Token);
            foreach (var file in ConfigRepository.Update(Path.Combine(repository.Root, "config"), data.Config))
                display.Say($"config/{file} changed, but {Path.Combine(data.Config, file)} was edited and keeps its version");

            using var plans = new ProcessPlans(repository, options, port, data.Path);
            if (options.Postgres is not null) await plans.OpenExternalPostgresAsync(told.Token);
            List<Supervised> processes = [];
            processes.AddRange(plans.Make().Select(plan => new Supervised(plan, new LogFile(data.Log(plan.Id)), Changed)));
            display.Show([.. processes.Select(process => process.Status)]);
            await using var control = await ControlEndpoint.StartAsync(data, $"http://127.0.0.1:{port}", plans.Kafka, plans.KafkaProperties, processes, told.Token);
            try
            {
                await StartAsync(processes, told.Token);
                await AnswersAsync(processes, port, told.Token);
                foreach (var user in DemoUser.Read(data)) display.Say($"sign in as {user.Role,-8} {user.Email}, password {user.Password}");
                display.Ready($"http://127.0.0.1:{port}");
                await Task.Delay(Timeout.Infinite, told.Token);
            }
            finally
            {
                await StopAsync(processes);
                File.Delete(data.Control);
            }

            void Changed()
            {
                display.Show([.. processes.Select(process => process.Status)]);
                lock (processes) data.Remember(processes.Select(process => process.Identity).Append(Guardian.Identity).OfType<ProcessIdentity>());
            }
        }
        catch (OperationCanceledException) when (told.IsCancellationRequested)
        {
            display.Say("stopped");
        }
        return 0;
    }

    static async Task RequireFreeAsync(int port, TimeSpan patience)
    {
        for (var wait = Stopwatch.StartNew(); !FreePort.IsFree(port); await Task.Delay(50))
            if (wait.Elapsed >= patience) throw new KampungException($"Port {port} is taken by another program: stop it, or choose another with --port (0: any free one).");
    }

    // Each as soon as those that it waits for are up; all at once otherwise.
    static async Task StartAsync(List<Supervised> processes, CancellationToken stop)
    {
        var starts = processes.Select(async process =>
        {
            var after = Village.Find(process.Plan.Name).After;
            await Task.WhenAll(processes.Where(other => after.Contains(other.Plan.Name)).Select(other => other.FirstUp)).WaitAsync(stop);
            await process.StartAsync();
            try
            {
                await process.FirstUp.WaitAsync(Patience, stop);
            }
            catch (TimeoutException)
            {
                throw new KampungException($"{process.Plan.Id} is not ready after {Patience.TotalMinutes} minutes: {process.Status.Why}. Its log: {process.Status.Log}");
            }
        }).ToList();
        // The first one that fails ends the wait for the others.
        while (starts.Count > 0)
        {
            var done = await Task.WhenAny(starts);
            await done;
            starts.Remove(done);
        }
    }

    // An order can be placed when every service is reached through the gateway, and there is something to buy.
    static async Task AnswersAsync(List<Supervised> processes, int port, CancellationToken stop)
    {
        using var gateway = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
        var since = Stopwatch.StartNew();
        foreach (var service in Village.Services.Where(service => service.Outside is not null && processes.Any(process => process.Plan.Name == service.Name)))
        {
            for (string? missing = ""; missing is not null; await Task.Delay(missing is null ? 0 : 100, stop))
            {
                missing = await MissingAsync(gateway, service, stop);
                if (missing is not null && since.Elapsed > Patience)
                    throw new KampungException($"{service.Name} runs, but {service.Outside} at the gateway {missing} after {Patience.TotalMinutes} minutes.");
            }
        }
    }

    static async Task<string?> MissingAsync(HttpClient gateway, Member service, CancellationToken stop)
    {
        try
        {
            using var answer = await gateway.GetAsync(service.Outside, stop);
            if (answer.StatusCode == HttpStatusCode.Unauthorized) return null;
            if (answer.StatusCode != HttpStatusCode.OK) return $"answers {(int)answer.StatusCode}";
            if (!service.Sells) return null;
            using var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stop));
            return page.RootElement.GetProperty("items").GetArrayLength() > 0 ? null : "has nothing to list";
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return "does not answer";
        }
    }

    // The door first, so that nobody comes in any more; then the services; then what they stand on, PostgreSQL last.
    static async Task StopAsync(List<Supervised> processes)
    {
        foreach (var group in processes.GroupBy(process => process.Plan.Name switch
                 {
                     Village.Gateway => 0,
                     Village.PostgreSql => 3,
                     Village.Broker or Village.Registry or Village.ConfigServer => 2,
                     _ => 1,
                 }).OrderBy(group => group.Key))
            await Task.WhenAll(group.Select(process => process.DisposeAsync().AsTask()));
    }
}
