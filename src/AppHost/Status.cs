using System.Globalization;
using Kampung.AppHost.Display;
using Spectre.Console;

namespace Kampung.AppHost;

/// <summary>The verb <c>status</c>.</summary>
public static class Status
{
    public static async Task<int> RunAsync(DataFolder data, CancellationToken stop)
    {
        var (client, processes) = await ControlClient.ConnectAsync(data, stop);
        using var closing = client;
        if (Console.IsOutputRedirected)
            foreach (var process in processes)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{process.Name,-24} {process.State.ToString().ToLowerInvariant(),-10} {process.Address,-24} pid {process.Pid,-8} restarts {process.Restarts} {process.Why}").TrimEnd());
        else AnsiConsole.Write(LiveTable.TableOf(processes));
        Console.WriteLine($"gateway: {client.File.Gateway}");
        return 0;
    }
}
