using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace Kampung.ServiceDefaults.Discovery;

/// <summary>The part of Netflix Eureka's REST operations that a process needs. Throws <see cref="HttpRequestException"/> if the registry does not answer.</summary>
sealed class EurekaClient : IDisposable
{
    readonly HttpClient http;
    readonly string root;

    public EurekaClient(IOptions<EurekaOptions> options)
    {
        var uri = options.Value.Uri ?? throw new InvalidOperationException("Discovery:Provider is eureka, but Eureka:Uri is not set.");
        root = uri.ToString().TrimEnd('/');
        http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromSeconds(2) })
        {
            Timeout = TimeSpan.FromSeconds(3),
        };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public void Dispose() => http.Dispose();

    /// <summary>The addresses of all instances that are UP, by name in upper case; null if nothing changed since <paramref name="known"/>.</summary>
    public async Task<EurekaApps?> GetAppsAsync(EurekaApps? known, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{root}/apps");
        if (known?.ETag is { } tag) request.Headers.IfNoneMatch.Add(tag); // ours only; Netflix's server always answers in full
        using var response = await SendAsync(request, ct);
        if (response.StatusCode == HttpStatusCode.NotModified) return null;
        response.EnsureSuccessStatusCode();
        using var document = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
        return new EurekaApps(response.Headers.ETag, ReadApps(document.RootElement));
    }

    public async Task RegisterAsync(EurekaInstance instance, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{root}/apps/{instance.App}") { Content = JsonContent.Create(instance.ToWire()) };
        using var response = await SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>False if the registry does not know the instance (any more): it must register again.</summary>
    public async Task<bool> RenewAsync(EurekaInstance instance, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Path(instance)}?status=UP&lastDirtyTimestamp={instance.LastDirtyTimestamp}");
        using var response = await SendAsync(request, ct);
        if (response.StatusCode == HttpStatusCode.NotFound) return false;
        response.EnsureSuccessStatusCode();
        return true;
    }

    public async Task CancelAsync(EurekaInstance instance, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, Path(instance));
        using var response = await SendAsync(request, ct);
        if (response.StatusCode != HttpStatusCode.NotFound) response.EnsureSuccessStatusCode(); // unknown to it is as good as gone
    }

    string Path(EurekaInstance instance) => $"{root}/apps/{instance.App}/{Uri.EscapeDataString(instance.InstanceId)}";

    async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        try
        {
            return await http.SendAsync(request, ct);
        }
        catch (TaskCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{root} did not answer within {http.Timeout.TotalSeconds} s", e);
        }
    }

    static ImmutableDictionary<string, ImmutableArray<Uri>> ReadApps(JsonElement root)
    {
        var apps = ImmutableDictionary.CreateBuilder<string, ImmutableArray<Uri>>(StringComparer.OrdinalIgnoreCase);
        foreach (var app in Many(root.GetProperty("applications"), "application"))
            apps[app.GetProperty("name").GetString()!] =
                [.. Many(app, "instance").Where(IsUp).Select(Address).OrderBy(address => address.Authority, StringComparer.Ordinal)];
        return apps.ToImmutable();
    }

    // Some servers write a list of one as the one.
    static List<JsonElement> Many(JsonElement element, string name) => !element.TryGetProperty(name, out var many)
        ? []
        : many.ValueKind == JsonValueKind.Array ? [.. many.EnumerateArray()] : [many];

    static bool IsUp(JsonElement instance) => instance.GetProperty("status").GetString() == "UP";

    static Uri Address(JsonElement instance)
    {
        var secure = instance.TryGetProperty("securePort", out var securePort) && IsEnabled(securePort)
            && !(instance.TryGetProperty("port", out var plain) && IsEnabled(plain));
        var port = (secure ? securePort : instance.GetProperty("port")).GetProperty("$");
        var number = port.ValueKind == JsonValueKind.Number ? port.GetInt32() : int.Parse(port.GetString()!, CultureInfo.InvariantCulture);
        return new UriBuilder(secure ? "https" : "http", instance.GetProperty("hostName").GetString(), number).Uri;
    }

    static bool IsEnabled(JsonElement port) => port.TryGetProperty("@enabled", out var enabled) && enabled.ToString().Equals("true", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The registry's list at some moment.</summary>
sealed record EurekaApps(EntityTagHeaderValue? ETag, ImmutableDictionary<string, ImmutableArray<Uri>> Addresses);

/// <summary>What a process tells the registry about itself.</summary>
sealed record EurekaInstance(string App, string Host, Uri Address, EurekaOptions Options)
{
    public string InstanceId { get; } = $"{Host}:{App}:{Address.Port}";

    public long LastDirtyTimestamp { get; } = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public object ToWire()
    {
        var secure = Address.Scheme == "https";
        var url = $"{Address.Scheme}://{Host}:{Address.Port}";
        return new
        {
            instance = new Dictionary<string, object>
            {
                ["instanceId"] = InstanceId,
                ["app"] = App.ToUpperInvariant(),
                ["hostName"] = Host,
                ["ipAddr"] = Host,
                ["vipAddress"] = App,
                ["secureVipAddress"] = App,
                ["status"] = "UP",
                ["port"] = new Dictionary<string, object> { ["$"] = Address.Port, ["@enabled"] = secure ? "false" : "true" },
                ["securePort"] = new Dictionary<string, object> { ["$"] = secure ? Address.Port : 443, ["@enabled"] = secure ? "true" : "false" },
                ["homePageUrl"] = url + "/",
                ["statusPageUrl"] = url + "/health/ready",
                ["healthCheckUrl"] = url + "/health/ready",
                ["dataCenterInfo"] = new Dictionary<string, object>
                {
                    ["@class"] = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
                    ["name"] = "MyOwn",
                },
                ["leaseInfo"] = new Dictionary<string, object>
                {
                    ["renewalIntervalInSecs"] = Math.Max(1, (int)Options.RenewalInterval.TotalSeconds),
                    ["durationInSecs"] = Math.Max(1, (int)Options.LeaseDuration.TotalSeconds),
                },
                ["lastDirtyTimestamp"] = LastDirtyTimestamp.ToString(CultureInfo.InvariantCulture),
            },
        };
    }
}
