using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Kampung.Broker.Tests;

/// <summary>
/// A TCP proxy in front of the broker that loses answers: every so many Produce requests, it waits for the broker's answer, throws it away and cuts
/// the connection. The client cannot know whether its records are stored.
/// </summary>
sealed class CuttingProxy : IDisposable
{
    const short Produce = 0;

    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly int every;
    int produces;
    int cuts;

    public CuttingProxy(int every)
    {
        this.every = every;
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Where to forward to.</summary>
    public int BrokerPort { get; set; }

    public int Cuts => cuts;

    public void Dispose() => listener.Dispose();

    async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using var broker = new TcpClient();
        using (client)
        {
            try
            {
                await broker.ConnectAsync(IPAddress.Loopback, BrokerPort);
                await Task.WhenAny(RequestsAsync(client.GetStream(), broker.GetStream()), AnswersAsync(client.GetStream(), broker.GetStream()));
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
            {
                // Either side closed.
            }
        }
    }

    readonly Lock gate = new();
    readonly HashSet<(NetworkStream, int)> lost = [];

    async Task RequestsAsync(NetworkStream client, NetworkStream broker)
    {
        while (await ReadFrameAsync(client) is { } frame)
        {
            if (BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(4)) == Produce && Interlocked.Increment(ref produces) % every == 0)
                lock (gate) lost.Add((broker, BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(8))));
            await broker.WriteAsync(frame);
        }
    }

    async Task AnswersAsync(NetworkStream client, NetworkStream broker)
    {
        while (await ReadFrameAsync(broker) is { } frame)
        {
            lock (gate)
            {
                if (lost.Remove((broker, BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)))))
                {
                    Interlocked.Increment(ref cuts);
                    return;
                }
            }
            await client.WriteAsync(frame);
        }
    }

    static async Task<byte[]?> ReadFrameAsync(NetworkStream stream)
    {
        var length = new byte[4];
        if (await stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false) < 4) return null;
        var frame = new byte[4 + BinaryPrimitives.ReadInt32BigEndian(length)];
        length.CopyTo(frame, 0);
        return await stream.ReadAtLeastAsync(frame.AsMemory(4), frame.Length - 4, throwOnEndOfStream: false) < frame.Length - 4 ? null : frame;
    }
}
