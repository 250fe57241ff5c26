using System.Net;
using System.Net.Sockets;

namespace Kampung.ServiceDefaults.Tests;

/// <summary>A port of 127.0.0.1 that leads to another one.</summary>
sealed class Tunnel : IAsyncDisposable
{
    readonly TcpListener listener;
    readonly CancellationTokenSource closed = new();

    public Tunnel(int from, int to)
    {
        listener = new TcpListener(IPAddress.Loopback, from);
        listener.Start();
        _ = AcceptAsync(to);
    }

    public async ValueTask DisposeAsync()
    {
        await closed.CancelAsync();
        listener.Dispose();
        closed.Dispose();
    }

    async Task AcceptAsync(int to)
    {
        while (true)
        {
            var near = await listener.AcceptTcpClientAsync(closed.Token);
            var far = new TcpClient();
            await far.ConnectAsync(IPAddress.Loopback, to, closed.Token);
            _ = Task.WhenAll(near.GetStream().CopyToAsync(far.GetStream(), closed.Token), far.GetStream().CopyToAsync(near.GetStream(), closed.Token))
                .ContinueWith(_ =>
                {
                    near.Dispose();
                    far.Dispose();
                }, TaskScheduler.Default);
        }
    }
}
