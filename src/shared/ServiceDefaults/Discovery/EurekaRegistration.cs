using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.ServiceDefaults.Discovery;

/// <summary>
/// Registers this process once it is ready, renews its lease, and leaves before it stops serving. Once UP it stays UP while it lives: a dependency that
/// fails later fails every instance alike, and a service that can still take orders must not disappear with it.
/// </summary>
sealed class EurekaRegistration(
    EurekaClient registry, IServer server, IHostEnvironment environment, HealthCheckService health, IOptions<EurekaOptions> options, TimeProvider time,
    ILogger<EurekaRegistration> log) : IHostedLifecycleService, IDisposable
{
    static readonly TimeSpan ReadinessInterval = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan PatienceOfLeaving = TimeSpan.FromSeconds(4);

    readonly CancellationTokenSource leaving = new();
    Task membership = Task.CompletedTask;
    EurekaInstance? registered;

    // Every hosted service has started by then, the server among them: its ports are known.
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Register) membership = BeMemberAsync(leaving.Token);
        return Task.CompletedTask;
    }

    // Comes before any hosted service is stopped: clients turn away while requests are still answered.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PatienceOfLeaving);
        await leaving.CancelAsync();
        try
        {
            await membership.WaitAsync(patience.Token);
            if (registered is null) return;
            await LeaveAsync(registered, patience.Token);
            await Task.Delay(options.Value.DrainTime, time, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            log.LogWarning("The registry could not be told that this instance leaves; its lease will expire: {Reason}", e.Message);
        }
    }

    async Task LeaveAsync(EurekaInstance instance, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await registry.CancelAsync(instance, ct);
                return;
            }
            catch (HttpRequestException e) when (attempt < 3)
            {
                log.LogDebug("The registry was not told that this instance leaves, trying again: {Reason}", e.Message);
            }
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public void Dispose() => leaving.Dispose();

    async Task BeMemberAsync(CancellationToken ct)
    {
        try
        {
            await BecomeReadyAsync(ct);
            var instance = Describe();
            for (var reported = false; ; await Task.Delay(options.Value.RenewalInterval, time, ct))
            {
                try
                {
                    // Not given up halfway: a registration that arrives after this instance has left would outlive it.
                    if (registered is null || !await registry.RenewAsync(instance, CancellationToken.None))
                    {
                        registered = instance; // also if no answer comes: the registry may have taken it
                        await registry.RegisterAsync(instance, CancellationToken.None);
                        log.LogInformation("Registered as {Instance}", instance.InstanceId);
                    }
                    reported = false;
                }
                catch (HttpRequestException e)
                {
                    if (!reported) log.LogWarning("The registry does not take this instance, trying on: {Reason}", e.Message);
                    reported = true;
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // the process stops
        }
    }

    async Task BecomeReadyAsync(CancellationToken ct)
    {
        while ((await health.CheckHealthAsync(ct)).Status == HealthStatus.Unhealthy) await Task.Delay(ReadinessInterval, time, ct);
    }

    EurekaInstance Describe()
    {
        var listening = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        // Kestrel writes "any address" as +, * or [::], which Uri cannot read.
        var addresses = listening.Select(address => new Uri(address.Replace("//+", "//0.0.0.0", StringComparison.Ordinal).Replace("//*", "//0.0.0.0", StringComparison.Ordinal)));
        var address = addresses.OrderBy(uri => uri.Scheme == "https").FirstOrDefault()
            ?? throw new InvalidOperationException("The process listens nowhere, it cannot be registered.");
        var any = address.Host is "0.0.0.0" or "[::]";
        return new EurekaInstance(environment.ApplicationName, options.Value.Host ?? (any ? OwnAddress() : address.Host), address, options.Value);
    }

    static string OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .FirstOrDefault(unicast => unicast.Address.AddressFamily == AddressFamily.InterNetwork)?.Address.ToString() ?? IPAddress.Loopback.ToString();
}
