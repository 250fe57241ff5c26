using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kampung.ServiceDefaults.Tests;

/// <summary>A port of 127.0.0.1 that leads to another one.</summary>
sealed class Tunnel : IAsyncDisposable
{
    readonly TcpListener listener;
    readonly CancellationTokenSource closed = new();
    readonly Func<string, Task>? hold;

    /// <param name="hold">Is given what a client sends, as text, and says when it goes on.</param>
    public Tunnel(int from, int to, Func<string, Task>? hold = null)
    {
        this.hold = hold;
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
            _ = Task.WhenAll(SendOnAsync(near.GetStream(), far.GetStream()), far.GetStream().CopyToAsync(near.GetStream(), closed.Token))
                .ContinueWith(_ =>
                {
                    near.Dispose();
                    far.Dispose();
                }, TaskScheduler.Default);
        }
    }

    async Task SendOnAsync(NetworkStream near, NetworkStream far)
    {
        var buffer = new byte[64 * 1024];
        while (await near.ReadAsync(buffer, closed.Token) is > 0 and var count)
        {
            if (hold is not null) await hold(Encoding.Latin1.GetString(buffer, 0, count));
            await far.WriteAsync(buffer.AsMemory(0, count), closed.Token);
        }
    }
}
