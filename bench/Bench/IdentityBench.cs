using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using Kampung.AppHost;
using Microsoft.AspNetCore.WebUtilities;
using Command = System.CommandLine.Command;

namespace Kampung.Bench;

/// <summary>
/// What identity-service does: sign in with a password (both pages, code with PKCE, tokens), refresh (with rotation), and a service's own token (client credentials). It is one of a whole village that has
/// nothing else to do, and is asked straight, past the gateway; the three are measured in turns.
/// </summary>
static partial class IdentityBench
{
    const string Web = "kampung-web", Service = "order-service";
    const string SignIn = "sign in with a password", Refresh = "refresh", OfService = "a service's token";

    public static Command Verb()
    {
        var rounds = new Option<int>("--rounds") { Description = "how often each is measured; medians are told", DefaultValueFactory = _ => 5 };
        var seconds = new Option<int>("--seconds") { Description = "how long each is measured in a round", DefaultValueFactory = _ => 6 };
        var warmUp = new Option<int>("--warm-up") { Description = "seconds of each before", DefaultValueFactory = _ => 20 };
        var clients = new Option<int>("--clients") { Description = "how many ask at once", DefaultValueFactory = _ => 4 };
        var command = new Command("identity", "sign-in and token calls: how many for a second of processor time, and how long each takes (Linux)") { rounds, seconds, warmUp, clients };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(rounds), arguments.GetValue(seconds), arguments.GetValue(warmUp), arguments.GetValue(clients), stop));
        return command;
    }

    sealed record Round(double PerCpuSecond, double PerSecond, double P50, double P99, double Database);

    /// <summary>One who asks, again and again; each has an account and refresh tokens of their own.</summary>
    sealed record Client(HttpClient Http, string Email, string Password)
    {
        public string RefreshToken { get; set; } = "";
    }

    static async Task<int> RunAsync(int rounds, int seconds, int warmUp, int clients, CancellationToken stop)
    {
        if (!OperatingSystem.IsLinux()) throw new KampungException("This is measured on Linux, where /proc tells a process's time.");
        await using var village = await BenchVillage.StartAsync([], stop);
        var address = await village.AddressAsync(AppHost.Village.Identity, stop);
        var callback = $"{village.Gateway.TrimEnd('/')}/callback";
        var secret = (await ReadAsync<Dictionary<string, string>>(village, "client-secrets.json", stop))[Service];
        var people = await ReadAsync<List<JsonElement>>(village, "demo-users.json", stop);
        var all = Enumerable.Range(0, clients).Select(i => people[i % people.Count]).Select(person => new Client(
            new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address }, person.GetProperty("email").GetString()!, person.GetProperty("password").GetString()!)).ToList();
        (string Name, Func<Client, Task> Do)[] kinds =
        [
            (SignIn, client => SignInAsync(client, callback, stop)), (Refresh, client => RefreshAsync(client, stop)), (OfService, client => TokenOfServiceAsync(client, secret, stop)),
        ];
        foreach (var client in all) await SignInAsync(client, callback, stop);

        var results = kinds.ToDictionary(kind => kind.Name, _ => new List<Round>());
        // The first round warms all up and is not told.
        for (var round = 0; round <= rounds; round++)
            foreach (var (name, act) in kinds)
            {
                var measured = await MeasureAsync(village, all, act, TimeSpan.FromSeconds(round == 0 ? warmUp : seconds), stop);
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"round {round}: {name}: {measured.PerCpuSecond:n0} for a CPU second, {measured.PerSecond:n0}/s, p99 {measured.P99:n1} ms"));
                if (round > 0) results[name].Add(measured);
            }

        Console.WriteLine("| | for a CPU second of identity-service | a second | p50 ms | p99 ms | PostgreSQL's CPU ms for each |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (var (name, rows) in results)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Of(rows, row => row.PerCpuSecond):n0} | {Of(rows, row => row.PerSecond):n0} | {Of(rows, row => row.P50):n1} | {Of(rows, row => row.P99):n1} | {Of(rows, row => row.Database):n1} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nMedians of {rounds} rounds of {seconds} s in turns after {warmUp} s of each, {clients} clients at once; a sign-in is five requests."));
        foreach (var client in all) client.Http.Dispose();
        return 0;
    }

    static double Of(List<Round> rows, Func<Round, double> value) => Median.Of(rows.Select(value));

    static async Task<Round> MeasureAsync(BenchVillage village, List<Client> clients, Func<Client, Task> act, TimeSpan time, CancellationToken stop)
    {
        var before = await village.ProcessorAsync(stop);
        var since = Stopwatch.StartNew();
        var took = (await Task.WhenAll(clients.Select(async client =>
        {
            var times = new List<double>();
            while (since.Elapsed < time)
            {
                var start = Stopwatch.GetTimestamp();
                await act(client);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return times;
        }))).SelectMany(times => times).Order().ToList();
        var elapsed = since.Elapsed;
        var after = await village.ProcessorAsync(stop);
        double Used(string process) => (after[process] - before[process]).TotalSeconds;
        return new(
            took.Count / Used(AppHost.Village.Identity), took.Count / elapsed.TotalSeconds, took[took.Count / 2], took[Math.Min(took.Count - 1, (int)(took.Count * 0.99))],
            Used(AppHost.Village.PostgreSql) * 1000 / took.Count);
    }

    static async Task SignInAsync(Client client, string callback, CancellationToken stop)
    {
        var cookies = new CookieContainer();
        var verifier = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var authorize = QueryHelpers.AddQueryString("/identity/authorize", new Dictionary<string, string?>
        {
            ["client_id"] = Web, ["response_type"] = "code", ["redirect_uri"] = callback, ["scope"] = "openid profile email roles offline_access", ["state"] = "bench",
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))), ["code_challenge_method"] = "S256",
        });
        using var toPage = await SendAsync(client, cookies, HttpMethod.Get, authorize, null, stop);
        var page = PathOf(toPage);
        using var form = await SendAsync(client, cookies, HttpMethod.Get, page, null, stop);
        var fields = Inputs().Matches(await form.Content.ReadAsStringAsync(stop)).ToDictionary(input => WebUtility.HtmlDecode(input.Groups[1].Value), input => WebUtility.HtmlDecode(Value().Match(input.Value).Groups[1].Value));
        (fields["email"], fields["password"]) = (client.Email, client.Password);
        using var signedIn = await SendAsync(client, cookies, HttpMethod.Post, page.Split('?')[0], fields, stop);
        using var back = await SendAsync(client, cookies, HttpMethod.Get, PathOf(signedIn), null, stop);
        var code = HttpUtility.ParseQueryString(back.Headers.Location!.Query)["code"] ?? throw new KampungException($"identity-service gives no code: {back.Headers.Location}");
        using var tokens = await SendAsync(client, null, HttpMethod.Post, "/identity/token", new()
        {
            ["client_id"] = Web, ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = callback, ["code_verifier"] = verifier,
        }, stop);
        client.RefreshToken = await RefreshTokenOfAsync(tokens, stop);
    }

    static async Task RefreshAsync(Client client, CancellationToken stop)
    {
        using var tokens = await SendAsync(client, null, HttpMethod.Post, "/identity/token", new() { ["client_id"] = Web, ["grant_type"] = "refresh_token", ["refresh_token"] = client.RefreshToken }, stop);
        client.RefreshToken = await RefreshTokenOfAsync(tokens, stop);
    }

    static async Task TokenOfServiceAsync(Client client, string secret, CancellationToken stop)
    {
        using var token = await SendAsync(client, null, HttpMethod.Post, "/identity/token", new() { ["client_id"] = Service, ["client_secret"] = secret, ["grant_type"] = "client_credentials" }, stop);
        await token.Content.ReadAsByteArrayAsync(stop);
    }

    static async Task<HttpResponseMessage> SendAsync(Client client, CookieContainer? cookies, HttpMethod method, string path, Dictionary<string, string>? form, CancellationToken stop)
    {
        var address = new Uri(client.Http.BaseAddress!, path);
        using var request = new HttpRequestMessage(method, address) { Content = form is null ? null : new FormUrlEncodedContent(form) };
        if (cookies?.GetCookieHeader(address) is { Length: > 0 } known) request.Headers.Add("Cookie", known);
        var answer = await client.Http.SendAsync(request, stop);
        if ((int)answer.StatusCode >= 400) throw new KampungException($"identity-service answers {(int)answer.StatusCode} to {method} {address.AbsolutePath}: {await answer.Content.ReadAsStringAsync(stop)}");
        if (cookies is not null && answer.Headers.TryGetValues("Set-Cookie", out var set))
            foreach (var cookie in set) cookies.SetCookies(address, cookie);
        return answer;
    }

    // The village's public address is the gateway's: what is measured is behind it.
    static string PathOf(HttpResponseMessage answer) => answer.Headers.Location is { } place ? place.IsAbsoluteUri ? place.PathAndQuery : place.OriginalString
        : throw new KampungException($"identity-service leads nowhere from {answer.RequestMessage!.RequestUri!.AbsolutePath}.");

    static async Task<string> RefreshTokenOfAsync(HttpResponseMessage answer, CancellationToken stop) => (await answer.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("refresh_token").GetString()!;

    static async Task<T> ReadAsync<T>(BenchVillage village, string file, CancellationToken stop) =>
        JsonSerializer.Deserialize<T>(await File.ReadAllTextAsync(Path.Combine(village.Data.Identity, file), stop), JsonSerializerOptions.Web)!;

    [GeneratedRegex("<input[^>]*name=\"([^\"]*)\"[^>]*>")]
    private static partial Regex Inputs();

    [GeneratedRegex("value=\"([^\"]*)\"")]
    private static partial Regex Value();
}
