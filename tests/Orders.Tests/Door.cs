using System.Net;
using System.Net.Sockets;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>An address that leads to a service while it is open. While it is closed nothing listens there, as if the service were not running.</summary>
sealed class Door(ServiceProcess service) : IAsyncDisposable
{
    readonly int port = FreePort.Next();
    CancellationTokenSource? open;

    public string Address => $"http://127.0.0.1:{port}";

    public void Open()
    {
        open = new();
        var listener = new TcpListener(IPAddress.Loopback, port) { Server = { ExclusiveAddressUse = false } };
        listener.Start();
        _ = AcceptAsync(listener, open.Token);
    }

    /// <summary>Cuts the connections too.</summary>
    public async Task CloseAsync()
    {
        if (open is null) return;
        await open.CancelAsync();
        open.Dispose();
        open = null;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    async Task AcceptAsync(TcpListener listener, CancellationToken closed)
    {
        using var _ = closed.Register(listener.Stop);
        while (!closed.IsCancellationRequested) await LeadAsync(await listener.AcceptTcpClientAsync(closed), closed);
    }

    async Task LeadAsync(TcpClient near, CancellationToken closed)
    {
        var far = new TcpClient { NoDelay = near.NoDelay = true };
        await far.ConnectAsync(IPAddress.Loopback, service.BaseAddress.Port, closed);
        _ = Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream(), closed), far.GetStream().CopyToAsync(near.GetStream(), closed)).ContinueWith(_ =>
        {
            near.Dispose();
            far.Dispose();
        }, TaskScheduler.Default);
    }
}
