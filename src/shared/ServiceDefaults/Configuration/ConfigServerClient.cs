using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenTelemetry;

namespace Kampung.ServiceDefaults.Configuration;

/// <summary>Asks a server of Spring Cloud Config's HTTP API for one process's settings.</summary>
sealed class ConfigServerClient : IDisposable
{
    readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    readonly Uri address;
    EntityTagHeaderValue? known;

    public ConfigServerClient(ConfigServerOptions options, string application, string profiles)
    {
        // Spring's way of writing a slash inside a label
        var label = options.Label is null ? "" : "/" + Uri.EscapeDataString(options.Label.Replace("/", "(_)", StringComparison.Ordinal));
        address = new Uri($"{options.Uri!.ToString().TrimEnd('/')}/{Uri.EscapeDataString(application)}/{Uri.EscapeDataString(profiles)}{label}");
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    /// <summary>What the settings are of, as the server says: the commit. Null before the first answer.</summary>
    public string? Version => known?.Tag.Trim('"');

    public void Dispose() => http.Dispose();

    /// <summary>The settings, by .NET's keys; null if they have not changed since they were last asked for.</summary>
    /// <exception cref="ConfigServerException">There is no answer, or no good one.</exception>
    public async Task<Dictionary<string, string?>?> FetchAsync(CancellationToken ct)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (known is not null) request.Headers.IfNoneMatch.Add(known);
            using var response = await http.SendAsync(request, ct);
            if (response.StatusCode == HttpStatusCode.NotModified) return null;
            if (!response.IsSuccessStatusCode) throw new ConfigServerException($"{address} answered {(int)response.StatusCode}: {await ReadDetail(response, ct)}");

            using var document = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(ct), cancellationToken: ct);
            var settings = PropertySources.Flatten(document.RootElement);
            known = response.Headers.ETag;
            return settings;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            throw new ConfigServerException($"{address} does not answer: {e.Message}", e);
        }
        // What is JSON but not of Spring's shape: KeyNotFound, InvalidOperation.
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ConfigServerException($"{address} answered something else than configuration: {e.Message}", e);
        }
    }

    static async Task<string> ReadDetail(HttpResponseMessage response, CancellationToken ct)
    {
        var body = await response.Content.ReadAsStringAsync(ct);
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.GetProperty("detail").GetString() ?? body;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return body;
        }
    }
}

/// <summary>The config server gave no configuration.</summary>
#pragma warning disable CA1032 // always has a message
sealed class ConfigServerException(string message, Exception? inner = null) : Exception(message, inner);
#pragma warning restore CA1032
