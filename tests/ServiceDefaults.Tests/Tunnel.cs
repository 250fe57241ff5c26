using System.Net;
using System.Net.Sockets;

namespace Kampung.ServiceDefaults.Tests;

/// <summary>A port of 127.0.0.1 that leads to another one, and can be opened when it has been missed for a while.</summary>
sealed class Tunnel : IAsyncDisposable
{
    readonly TcpListener listener;
    readonly CancellationTokenSource closed = new();

    Tunnel(int from, int to)
    {
        listener = new TcpListener(IPAddress.Loopback, from);
        listener.Start();
        _ = AcceptAsync(to);
    }

    /// <summary>Opens after half a second in which <paramref name="unless"/> has not completed.</summary>
    public static async Task<Tunnel> OpenLaterAsync(int from, int to, Task unless)
    {
        await Task.WhenAny(unless, Task.Delay(TimeSpan.FromMilliseconds(500)));
        return new Tunnel(from, to);
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
