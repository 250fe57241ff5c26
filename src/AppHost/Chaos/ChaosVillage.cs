using Kampung.AppHost.Processes;

namespace Kampung.AppHost.Chaos;

/// <summary>The village that is broken: one that runs already, or one of its own.</summary>
sealed class ChaosVillage : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(6), Grace = TimeSpan.FromMinutes(3);

    // A meal in seconds, and news of trouble too: what is shown is the same.
    static readonly string[] Quickly =
    [
        "Kitchen:PreparationTime=00:00:02", "Delivery:PickUpTime=00:00:01", "Delivery:TravelTime=00:00:01", "Messaging:MaxParkedDelay=00:00:10",
    ];

    static readonly string[] NoBuild = ["--no-build"];

    readonly ChildProcess? process;
    readonly DirectoryInfo? temporary;

    ChaosVillage(ControlClient control, ChildProcess? process, DirectoryInfo? temporary) => (Control, this.process, this.temporary) = (control, process, temporary);

    public ControlClient Control { get; }

    public bool IsOwn => process is not null;

    /// <summary>Whether its data folder stays, to be looked into.</summary>
    public bool Keep { get; set; }

    public string? KeptAt => Keep ? temporary?.FullName : null;

    /// <param name="data">A running village's folder, or one to start a village on; null: a temporary one.</param>
    public static async Task<ChaosVillage> OpenAsync(DataFolder? data, IReadOnlyList<string> options, bool build, Action<string> say, CancellationToken stop)
    {
        if (data is not null && ControlFile.TryRead(data) is not null)
        {
            try
            {
                return new((await ControlClient.ConnectAsync(data, stop)).Client, null, null);
            }
            catch (KampungException)
            {
                // Left by one that was killed.
            }
        }
        var temporary = data is null ? Directory.CreateTempSubdirectory("kampung-chaos-") : null;
        data ??= new DataFolder(temporary!.FullName);
        say("starting a village");
        var (ready, last) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), "");
        var process = ChildProcess.Start(
            Command.DotNet(Repository.Find().Assembly("AppHost"), ["up", "--data", data.Path, "--port", "0", .. build ? (string[])[] : NoBuild, .. Quickly.SelectMany(setting => new[] { "--set", setting }), .. options]),
            line =>
            {
                last = line;
                if (line.StartsWith("ready: ", StringComparison.Ordinal)) ready.TrySetResult();
            });
        try
        {
            var first = await Task.WhenAny(ready.Task, process.Exited, Task.Delay(Patience, stop));
            stop.ThrowIfCancellationRequested();
            if (first != ready.Task) throw new KampungException(first == process.Exited ? last : $"The village is not ready after {Patience.TotalMinutes} minutes.");
            return new(ControlClient.Open(data), process, temporary);
        }
        catch
        {
            await process.StopAsync(Grace, Signal.Interrupt);
            temporary?.Delete(recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        if (process is { Exited.IsCompleted: false }) await process.StopAsync(Grace, Signal.Interrupt);
        if (!Keep) temporary?.Delete(recursive: true);
    }
}
