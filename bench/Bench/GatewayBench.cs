using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Kampung.AppHost;
using Kampung.AppHost.Processes;
using Kampung.Testing;
using Command = System.CommandLine.Command;
using FreePort = Kampung.Testing.FreePort;

namespace Kampung.Bench;

/// <summary>
/// The gateway beside nginx as a plain proxy, YARP as its first page wires it, and what Node.js teams build with Fastify and Express: the same token, the same 1 KB answer of the same upstream,
/// in turns. Whoever is measured has the first core to itself; load (wrk) and upstream (nginx) share the second. What is told is requests for a second of the measured process's own processor time.
/// </summary>
static class GatewayBench
{
    const string Orders = "/api/orders", Products = "/api/products";
    const string Nginx = "nginx, plain", All = "gateway, all on", Cached = "gateway, from its cache", NoPasses = "gateway, no passes";
    const string Ordering = "gateway, orders whose body is checked", Unchecked = "gateway, orders whose body is not", Shared = "gateway, shared by Redis";

    // wrk's way to send a body: three lines, as most orders have.
    const string PlaceOrder = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        wrk.body = '{"lines":[{"variantId":"0193a2b4-0000-7000-8000-000000000001","quantity":2},{"variantId":"0193a2b4-0000-7000-8000-000000000002","quantity":1},' ..
          '{"variantId":"0193a2b4-0000-7000-8000-000000000003","quantity":4}],"addressId":"0193a2b4-0000-7000-8000-00000000000a","paymentToken":"tok_visa"}'
        """;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Command Verb()
    {
        var rounds = new Option<int>("--rounds") { Description = "how often each is measured; medians of the ratios in a round are told", DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { Description = "how long each is measured in a round", DefaultValueFactory = _ => 6 };
        var warmUp = new Option<int>("--warm-up") { Description = "seconds of load on each before; on one core, compilers need most of a minute until they are done", DefaultValueFactory = _ => 45 };
        var command = new Command("gateway", "requests for a second of processor time, latency and memory, beside nginx, YARP, Fastify and Express (wrk and nginx are Debian packages)") { rounds, seconds, warmUp };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(rounds), arguments.GetValue(seconds), arguments.GetValue(warmUp), stop));
        return command;
    }

    sealed record Peer(string Name, string Path, ChildProcess Process, int Port, bool SendsToken, double FirstAnswer, string? Script = null);

    sealed record Round(double PerCpuSecond, double PerSecond, double P50, double P99);

    static async Task<int> RunAsync(int rounds, int seconds, int warmUp, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux()) throw new KampungException("This is measured on Linux, with taskset, wrk and nginx.");
        using var folder = new TemporaryFolder();
        await using var issuer = await TestIssuer.StartAsync();
        // Processes of tests compile once, quickly; what is measured here is the steady state.
        Environment.SetEnvironmentVariable("DOTNET_TC_CallCounting", null);
        var token = issuer.Token(Guid.CreateVersion7(), "customer");
        var repository = Repository.Find();
        await Npm.InstallAsync(Path.Combine(repository.Root, "bench", "Peers"), stop);

        var upstreamPort = FreePort.Next();
        var upstream = StartNginx(folder["upstream"], core: 1, $$"""
            server {
              listen 127.0.0.1:{{upstreamPort}};
              location = /spans { client_max_body_size 16m; return 202; }
              location / { default_type application/json; return 200 '{"items":[],"filler":"{{new string('x', 990)}}"}'; }
            }
            """);
        List<Peer> peers = [];
        ChildProcess? redis = null;
        try
        {
            var at = $"http://127.0.0.1:{upstreamPort}";
            await AnswersAsync(upstreamPort, "/", null, upstream, stop);

            var order = folder["place-order.lua"];
            await File.WriteAllTextAsync(order, PlaceOrder, stop);
            async Task AddAsync(string name, string path, bool sendsToken, Func<int, ChildProcess> start)
            {
                var (port, since) = (FreePort.Next(), Stopwatch.StartNew());
                var process = start(port);
                await AnswersAsync(port, path, sendsToken ? token : null, process, stop);
                peers.Add(new(name, path, process, port, sendsToken, since.Elapsed.TotalSeconds, name is Ordering or Unchecked ? order : null));
            }

            await AddAsync(Nginx, Orders, false, port => StartNginx(folder["nginx"], core: 0, $$"""
                upstream inside { server 127.0.0.1:{{upstreamPort}}; keepalive 64; }
                server {
                  listen 127.0.0.1:{{port}};
                  location /api/ { proxy_pass http://inside/; proxy_http_version 1.1; proxy_set_header Connection ""; }
                }
                """));
            var redisPort = FreePort.Next();
            redis = StartRedis(folder.Path, redisPort);
            foreach (var (name, path, settings) in Variants(at, issuer, redis is null ? null : $"127.0.0.1:{redisPort}"))
                await AddAsync(name, path, !name.StartsWith(NoPasses, StringComparison.Ordinal), port => StartGateway(repository, port, at, settings));
            await AddAsync("YARP, plain", Orders, false, port => Start(0, AppHost.Processes.Command.DotNet(repository.Assembly("PlainYarp")), new()
            {
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["DOTNET_TieredPGO"] = "1",
                ["ReverseProxy__Routes__all__ClusterId"] = "inside", ["ReverseProxy__Routes__all__Match__Path"] = "/api/{**rest}",
                ["ReverseProxy__Clusters__inside__Destinations__one__Address"] = at,
            }));
            foreach (var script in new[] { "fastify", "express" })
                await AddAsync($"{char.ToUpperInvariant(script[0])}{script[1..]}, token, limit, log", Orders, true, port => Start(0, new("node", [Path.Combine(repository.Root, "bench", "Peers", $"{script}.mjs")]), new()
                {
                    ["PORT"] = $"{port}", ["UPSTREAM"] = at, ["ISSUER"] = issuer.Authority, ["LOG"] = folder[$"{script}.log"], ["NODE_ENV"] = "production",
                }));

            var results = peers.ToDictionary(peer => peer, _ => new List<Round>());
            // The first round warms all up and is not told.
            for (var round = 0; round <= rounds; round++)
                foreach (var peer in peers)
                {
                    var measured = await MeasureAsync(peer, round == 0 ? warmUp : seconds, peer.SendsToken ? token : null, stop);
                    await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"round {round}: {peer.Name}: {measured.PerCpuSecond:n0} for a CPU second, {measured.PerSecond:n0}/s, p99 {measured.P99:n2} ms"));
                    if (round > 0) results[peer].Add(measured);
                }
            Print(results, rounds, seconds, warmUp);
            return 0;
        }
        finally
        {
            foreach (var peer in peers) await peer.Process.StopAsync(TimeSpan.FromSeconds(5));
            if (redis is not null) await redis.StopAsync(TimeSpan.FromSeconds(5));
            await upstream.StopAsync(TimeSpan.FromSeconds(5));
        }
    }

    // All on: tokens, limits, request log, one trace in ten. Then one of them is left out, then all; then what only some requests need.
    static IEnumerable<(string Name, string Path, Dictionary<string, string?> Settings)> Variants(string upstream, TestIssuer issuer, string? redis)
    {
        Dictionary<string, string?> passes = issuer.Settings;
        Dictionary<string, string?> traces = new() { ["Tracing__Zipkin__Endpoint"] = $"{upstream}/spans", ["Tracing__SamplingRatio"] = "0.1" };
        Dictionary<string, string?> noLimits = new() { ["Gateway__Limits__Enabled"] = "false" };
        Dictionary<string, string?> noLog = new() { ["Gateway__RequestLog__Enabled"] = "false" };
        yield return (All, Orders, Merge(passes, traces));
        yield return (NoPasses, Orders, traces);
        yield return ("gateway, no limits", Orders, Merge(passes, traces, noLimits));
        yield return ("gateway, no request log", Orders, Merge(passes, traces, noLog));
        yield return ("gateway, no traces", Orders, passes);
        yield return ($"{NoPasses}, limits, log, traces", Orders, Merge(noLimits, noLog));
        yield return (Cached, Products, Merge(passes, traces));
        yield return (Ordering, Orders, Merge(passes, traces));
        yield return (Unchecked, Orders, Merge(passes, traces, new() { ["Gateway__Validation__Enabled"] = "false" }));
        if (redis is not null) yield return (Shared, Orders, Merge(passes, traces, new() { ["Redis__Configuration"] = redis }));
    }

    static Dictionary<string, string?> Merge(params IEnumerable<Dictionary<string, string?>> all) => all.SelectMany(one => one).ToDictionary();

    static ChildProcess StartGateway(Repository repository, int port, string upstream, Dictionary<string, string?> settings)
    {
        Dictionary<string, string?> environment = new(settings)
        {
            // Neither with what only development adds to a request, nor with production's https, which the issuer of this run has not.
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["DOTNET_ENVIRONMENT"] = "Staging", ["Discovery__Provider"] = "static",
        };
        foreach (var service in new[] { "customer", "product", "inventory", "order", "payment", "kitchen", "delivery", "notification", "identity" })
            environment[$"Services__{service}-service__http__0"] = upstream;
        // Budgets that nobody uses up: counted all the same.
        foreach (var budget in new[] { "Address", "Browsing", "Ordering" })
            (environment[$"Gateway__Limits__{budget}__Rate"], environment[$"Gateway__Limits__{budget}__Burst"]) = ("1000000", "1000000");
        return Start(0, AppHost.Processes.Command.DotNet(repository.Assembly("Gateway")), environment);
    }

    /// <summary>Beside load and upstream; null where it is not installed.</summary>
    static ChildProcess? StartRedis(string folder, int port)
    {
        var paths = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Append("/usr/bin");
        if (paths.Select(path => Path.Combine(path, "redis-server")).FirstOrDefault(File.Exists) is { } program)
            return Start(1, new(program, ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]), []);
        Console.Error.WriteLine($"redis-server is not installed: '{Shared}' is left out.");
        return null;
    }

    static ChildProcess StartNginx(string folder, int core, string servers)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), $$"""
            daemon off; master_process off; pid {{folder}}/pid; error_log stderr crit;
            events { worker_connections 1024; }
            http {
              access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
              client_body_temp_path {{folder}}; proxy_temp_path {{folder}}; fastcgi_temp_path {{folder}}; uwsgi_temp_path {{folder}}; scgi_temp_path {{folder}};
              {{servers}}
            }
            """);
        return Start(core, new("nginx", ["-p", folder, "-c", "nginx.conf"]), []);
    }

    static ChildProcess Start(int core, AppHost.Processes.Command command, Dictionary<string, string?> environment)
    {
        // The gateway's request log comes this way, and is read as somebody's collector would.
        return ChildProcess.Start(new("taskset", ["-c", $"{core}", command.Program, .. command.Arguments]) { Environment = environment }, _ => { });
    }

    static async Task AnswersAsync(int port, string path, string? token, ChildProcess process, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var since = Stopwatch.StartNew(); since.Elapsed < Patience; await Task.Delay(5, stop))
        {
            if (process.Exited.IsCompleted) throw new KampungException($"What should answer on port {port} ended with {await process.Exited}.");
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}{path}");
                if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                using var answer = await http.SendAsync(request, stop);
                if (answer.StatusCode == HttpStatusCode.OK) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }
        throw new KampungException($"Nothing answers 200 on port {port} within {Patience.TotalSeconds} s.");
    }

    static async Task<Round> MeasureAsync(Peer peer, int seconds, string? token, CancellationToken stop)
    {
        var output = new StringBuilder();
        string[] header = token is null ? [] : ["-H", $"Authorization: Bearer {token}"];
        string[] script = peer.Script is null ? [] : ["-s", peer.Script];
        var before = BenchVillage.ProcessorOf(peer.Process.Id);
        var wrk = ChildProcess.Start(new("taskset", ["-c", "1", "wrk", "-t", "1", "-c", "16", "-d", $"{seconds}s", "--latency", .. header, .. script, $"http://127.0.0.1:{peer.Port}{peer.Path}"]), line =>
        {
            lock (output) output.AppendLine(line);
        });
        await wrk.Exited.WaitAsync(TimeSpan.FromSeconds(seconds + 30), stop);
        var used = BenchVillage.ProcessorOf(peer.Process.Id) - before;
        string text;
        lock (output) text = output.ToString();
        if (text.Contains("Non-2xx", StringComparison.Ordinal) || text.Contains("Socket errors", StringComparison.Ordinal)) throw new KampungException($"{peer.Name} refused some:\n{text}");
        var requests = double.Parse(Field(text, "requests in"), CultureInfo.InvariantCulture);
        return new(requests / used.TotalSeconds, double.Parse(Field(text, "Requests/sec:", after: true), CultureInfo.InvariantCulture), Milliseconds(Field(text, "50%", after: true)), Milliseconds(Field(text, "99%", after: true)));
    }

    static string Field(string text, string name, bool after = false)
    {
        var line = text.Split('\n').FirstOrDefault(line => after ? line.TrimStart().StartsWith(name, StringComparison.Ordinal) : line.Contains(name, StringComparison.Ordinal)) ?? throw new KampungException($"wrk said nothing of '{name}':\n{text}");
        var at = line.IndexOf(name, StringComparison.Ordinal);
        return (after ? line[(at + name.Length)..] : line[..at]).Trim();
    }

    static double Milliseconds(string text) =>
        text.EndsWith("us", StringComparison.Ordinal) ? Number(text[..^2]) / 1000 : text.EndsWith("ms", StringComparison.Ordinal) ? Number(text[..^2]) : Number(text[..^1]) * 1000;

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    static double MemoryOf(Peer peer) =>
        Number(File.ReadLines($"/proc/{peer.Process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))[6..^2].Trim()) / 1024;

    static void Print(Dictionary<Peer, List<Round>> results, int rounds, int seconds, int warmUp)
    {
        var nginx = results.First(result => result.Key.Name == Nginx).Value;
        var fastify = results.First(result => result.Key.Name.StartsWith("Fastify", StringComparison.Ordinal)).Value;
        var all = results.First(result => result.Key.Name == All).Value;
        Console.WriteLine("| | requests for a CPU second | of nginx | of Fastify | of all on | p50 ms | p99 ms | of nginx's p99 | resident MB | first answer, s |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (peer, rows) in results)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {peer.Name} | {Median.Of(rows.Select(row => row.PerCpuSecond)):n0} | {Ratio(rows, nginx, row => row.PerCpuSecond):n2} | {Ratio(rows, fastify, row => row.PerCpuSecond):n2} | {Ratio(rows, all, row => row.PerCpuSecond):n2} | {Median.Of(rows.Select(row => row.P50)):n2} | {Median.Of(rows.Select(row => row.P99)):n2} | {Ratio(rows, nginx, row => row.P99):n1} | {MemoryOf(peer):n0} | {peer.FirstAnswer:n2} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nMedians of {rounds} rounds of {seconds} s in turns after {warmUp} s of load on each, 16 connections; ratios are medians of the ratios within a round."));
    }

    static double Ratio(List<Round> ours, List<Round> theirs, Func<Round, double> value) => Median.Of(ours.Zip(theirs, (a, b) => value(a) / value(b)));
}
