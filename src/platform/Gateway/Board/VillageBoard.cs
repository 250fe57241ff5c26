using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kampung.Gateway.Limits;
using Kampung.ServiceDefaults;

namespace Kampung.Gateway.Board;

/// <summary>
/// What operators see and do of the village itself on the board: who is in the registry, what is configured and since which commit; and, where AppHost started the
/// village (<c>Village:ControlFile</c>), its processes, to be stopped, killed and paused on purpose. What is not there answers 404 with the reason.
/// </summary>
static partial class VillageBoard
{
    const string Secret = "••••";

    // Answers are the gateway's own, so that nothing but these questions gets to the control endpoint, the registry and the config server.
    public static void MapVillage(this WebApplication app)
    {
        var board = app.MapGroup("/api/village").WithMetadata(new RouteRules(BudgetKind.Browsing)).AddEndpointFilter(OnlyOperators);
        board.MapGet("/registry", (BoardSources sources, CancellationToken ct) => sources.AskAsync("registry", "Eureka:Uri", "/apps", ct));
        board.MapGet("/config/commits", (BoardSources sources, CancellationToken ct) => sources.AskAsync("config-server", "Config:Uri", "/commits", ct));
        board.MapGet("/config/files", (BoardSources sources, CancellationToken ct) => sources.AskAsync("config-server", "Config:Uri", "/commits/files", ct));
        board.MapGet("/config/{application:regex(^[a-z0-9-]{{1,64}}$)}/{profiles:regex(^[a-z0-9,-]{{1,64}}$)}", ConfigurationAsync);
        board.MapGet("/processes", (BoardSources sources, CancellationToken ct) => sources.ControlAsync(HttpMethod.Get, "/processes", ct));
        board.MapPost("/processes/{name:regex(^[a-z0-9-]{{1,64}}$)}/{act:regex(^(start|stop|kill|restart|pause|resume)$)}", ActAsync);
        board.MapGet("/card-network", (BoardSources sources, CancellationToken ct) => sources.ControlAsync(HttpMethod.Get, "/card-network", ct));
        board.MapPut("/card-network/{state:regex(^(up|slow|down)$)}", (string state, BoardSources sources, CancellationToken ct) => sources.ControlAsync(HttpMethod.Put, $"/card-network/{state}", ct));
    }

    static ValueTask<object?> OnlyOperators(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.User.IsInRole(Role.Operator) ? next(context) : ValueTask.FromResult<object?>(Problems.Of(StatusCodes.Status403Forbidden, "Only operators may see and change the village itself."));

    static async Task<IResult> ActAsync(string name, string act, BoardSources sources, CancellationToken ct) =>
        // Whoever asks is served by it, so nobody could ask it to go on.
        name == "gateway" && act is ("stop" or "pause")
            ? Problems.Conflict("gateway-serves-the-board", "The gateway serves this board.", $"If you {act} it here, nobody can start it again from here: kill or restart it.")
            : await sources.ControlAsync(HttpMethod.Post, $"/processes/{name}/{act}", ct);

    /// <summary>What the config server has for a service, and first what AppHost tells it in its environment, which wins; that is missing where AppHost started nothing.</summary>
    static async Task<IResult> ConfigurationAsync(string application, string profiles, BoardSources sources, CancellationToken ct)
    {
        var settings = await sources.FindControlAsync($"/processes/{application}/settings", ct) as JsonObject;
        return await sources.AskAsync("config-server", "Config:Uri", $"/{application}/{profiles}", ct, answer =>
        {
            if (settings is not null) answer["propertySources"]?.AsArray().Insert(0, new JsonObject { ["name"] = "environment", ["source"] = AsSpringWrites(settings) });
            HideSecrets(answer);
        });
    }

    /// <summary>Web:Origins:0 is there web.origins[0], which .NET takes for the same in any case.</summary>
    static JsonObject AsSpringWrites(JsonObject settings) =>
        new(settings.Select(setting => KeyValuePair.Create(Position().Replace(setting.Key, "[$1]").Replace(':', '.'), setting.Value?.DeepClone())));

    internal static void HideSecrets(JsonNode answer)
    {
        foreach (var source in answer["propertySources"]?.AsArray() ?? [])
            if (source?["source"] is JsonObject values)
                foreach (var name in values.Where(value => SecretName().IsMatch(value.Key) || SecretValue().IsMatch($"{value.Value}")).Select(value => value.Key).ToList())
                    values[name] = Secret;
    }

    [GeneratedRegex(@":(\d+)(?=:|$)")]
    private static partial Regex Position();

    // Anywhere in the key: what is below ConnectionStrings is secret, whatever it is called. Kafka:BootstrapServers and the like stay readable.
    [GeneratedRegex("password|passphrase|secret|credential|connectionstring|api-?key|private-?key|token$|redis.*configuration|sasl", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    // A password within an address or a connection string, under whatever key.
    [GeneratedRegex(@"(password|pwd)\s*=|://[^/@\s]+:[^/@\s]+@", RegexOptions.IgnoreCase)]
    private static partial Regex SecretValue();
}

/// <summary>Those who know: the registry and the config server by their addresses in the configuration, AppHost's control endpoint by the file that only its owner can read.</summary>
sealed class BoardSources(IConfiguration configuration) : IDisposable
{
    // Stopping a process takes up to a minute (PostgreSQL's last flush to a slow disk).
    readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = TimeSpan.FromSeconds(90) };

    sealed record Control(string Url, string Token);

    public async Task<IResult> AskAsync(string who, string setting, string path, CancellationToken ct, Action<JsonNode>? change = null)
    {
        if (configuration[setting] is not { Length: > 0 } address) return Missing($"This gateway does not know {setting}.");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{address.TrimEnd('/')}{path}");
        return await SendAsync(request, who, ct, change);
    }

    public async Task<IResult> ControlAsync(HttpMethod method, string path, CancellationToken ct)
    {
        if (await ReadControlAsync(ct) is not { } control) return Missing("The village was not started by AppHost: its processes are somebody else's.");
        using var request = Request(method, path, control);
        return await SendAsync(request, "AppHost", ct);
    }

    /// <summary>What AppHost's control endpoint has; null when there is none, or it has not got that.</summary>
    public async Task<JsonNode?> FindControlAsync(string path, CancellationToken ct)
    {
        if (await ReadControlAsync(ct) is not { } control) return null;
        try
        {
            using var request = Request(HttpMethod.Get, path, control);
            using var answer = await http.SendAsync(request, ct);
            return answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct)) : null;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    // Read each time: an AppHost that starts again has another port and another token.
    async Task<Control?> ReadControlAsync(CancellationToken ct) => configuration["Village:ControlFile"] is { Length: > 0 } file && File.Exists(file)
        ? JsonSerializer.Deserialize<Control>(await File.ReadAllTextAsync(file, ct), JsonSerializerOptions.Web)
        : null;

    static HttpRequestMessage Request(HttpMethod method, string path, Control control) =>
        new(method, control.Url + path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", control.Token) } };

    async Task<IResult> SendAsync(HttpRequestMessage request, string who, CancellationToken ct, Action<JsonNode>? change = null)
    {
        request.Headers.Accept.ParseAdd("application/json");
        try
        {
            using var answer = await http.SendAsync(request, ct);
            var body = await answer.Content.ReadAsStringAsync(ct);
            if (!answer.IsSuccessStatusCode)
                return Results.Text(body, answer.Content.Headers.ContentType?.ToString() ?? "application/problem+json", statusCode: (int)answer.StatusCode);
            var json = JsonNode.Parse(body);
            change?.Invoke(json!);
            return Results.Json(json);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Problems.Unavailable(who, TimeSpan.FromSeconds(2));
        }
    }

    static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Missing(string reason) => Problems.Of(StatusCodes.Status404NotFound, reason);

    public void Dispose() => http.Dispose();
}
