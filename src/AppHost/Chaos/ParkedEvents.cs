using System.Text.Json;
using Kampung.AppHost.Audit;

namespace Kampung.AppHost.Chaos;

/// <summary>How many events were parked at the same time at most, by service: heard, not handled at once, and tried again later.</summary>
public static class ParkedEvents
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(3);

    /// <summary>Looks again and again until it is told to stop. Who is away at the moment is passed over.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> WatchAsync(ControlClient control, VillageTokens tokens, CancellationToken stop)
    {
        using var http = tokens.OperatorClient(Patience);
        Dictionary<string, long> most = [];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var services = (await control.ProcessesAsync(stop)).Where(process => process.State == Supervision.ProcessState.Up && Village.Find(process.Service).Database is not null)
                    .DistinctBy(process => process.Service);
                foreach (var (service, parked) in await Task.WhenAll(services.Select(process => AskAsync(process.Service, process.Address))))
                    if (parked > most.GetValueOrDefault(service)) most[service] = parked;
            }
            catch (Exception e) when (e is HttpRequestException or KampungException or OperationCanceledException)
            {
                // The next look may find it.
            }
            await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return most;

        async Task<(string Service, long Parked)> AskAsync(string service, string address)
        {
            try
            {
                return (service, (await http.GetFromJsonAsync<Outbox>($"{address}/outbox", stop))!.Parked);
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or KampungException or OperationCanceledException)
            {
                return (service, 0);
            }
        }
    }
}
