using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kampung.AppHost.Postgres;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost;

/// <summary>Speaks to the control endpoint of the AppHost that runs on a data folder.</summary>
public sealed class ControlClient : IDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    readonly HttpClient http;

    ControlClient(DataFolder data, ControlFile file)
    {
        (Data, File) = (data, file);
        // Who stops a process waits for its end: PostgreSQL's can take a minute.
        http = new HttpClient { BaseAddress = new Uri(file.Url), Timeout = PostgresCluster.ShutsDownWithin + TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", file.Token);
    }

    public DataFolder Data { get; }

    public ControlFile File { get; }

    /// <exception cref="KampungException">No AppHost runs on the folder.</exception>
    public static ControlClient Open(DataFolder data) => new(data, ControlFile.TryRead(data) ?? throw NotRunning(data));

    /// <exception cref="KampungException">No AppHost answers: the file is of one that was killed.</exception>
    public static async Task<(ControlClient Client, IReadOnlyList<ProcessStatus> Processes)> ConnectAsync(DataFolder data, CancellationToken stop = default)
    {
        var client = Open(data);
        try
        {
            return (client, await client.ProcessesAsync(stop));
        }
        catch (HttpRequestException)
        {
            client.Dispose();
            throw NotRunning(data);
        }
    }

    public async Task<IReadOnlyList<ProcessStatus>> ProcessesAsync(CancellationToken stop = default) =>
        (await http.GetFromJsonAsync<List<ProcessStatus>>("/processes", Json, stop))!;

    public async Task<ProcessStatus> ProcessAsync(string name, CancellationToken stop = default) =>
        (await ProcessesAsync(stop)).FirstOrDefault(process => process.Name == name) ?? throw new KampungException($"There is no process '{name}'.");

    /// <param name="action">start, stop, kill, restart, pause or resume.</param>
    /// <exception cref="KampungException">Refused, with the reason.</exception>
    public async Task<ProcessStatus> SendAsync(string name, string action, CancellationToken stop = default)
    {
        using var answer = await http.PostAsync($"/processes/{name}/{action}", null, stop);
        if (answer.IsSuccessStatusCode) return (await answer.Content.ReadFromJsonAsync<ProcessStatus>(Json, stop))!;
        using var problem = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(stop), cancellationToken: stop);
        throw new KampungException(problem.RootElement.GetProperty("detail").GetString()!);
    }

    static KampungException NotRunning(DataFolder data) => new($"Kampung is not running on {data.Path}.");

    public void Dispose() => http.Dispose();
}
