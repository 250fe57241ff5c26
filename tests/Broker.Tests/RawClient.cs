using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kampung.Broker.Tests;

/// <summary>Speaks to the broker byte by byte, to say what no client would.</summary>
sealed class RawClient : IDisposable
{
    readonly TcpClient tcp = new();

    RawClient()
    {
    }

    public NetworkStream Stream => tcp.GetStream();

    public static async Task<RawClient> ConnectAsync(string servers)
    {
        var client = new RawClient();
        await client.tcp.ConnectAsync(IPEndPoint.Parse(servers));
        return client;
    }

    /// <summary>A request with the head of non-flexible versions.</summary>
    public static byte[] Request(short api, short version, int correlation, params ReadOnlySpan<byte> body)
    {
        var clientId = "raw"u8;
        var frame = new byte[4 + 2 + 2 + 4 + 2 + clientId.Length + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), api);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(8), correlation);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(12), (short)clientId.Length);
        clientId.CopyTo(frame.AsSpan(14));
        body.CopyTo(frame.AsSpan(14 + clientId.Length));
        return frame;
    }

    /// <summary>A string of non-flexible versions.</summary>
    public static byte[] Text(string text)
    {
        var bytes = new byte[2 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)(bytes.Length - 2));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }

    public static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    public static byte[] Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    /// <summary>The next answer without its length; null when the broker closed the connection.</summary>
    public async Task<byte[]?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            var length = new byte[4];
            if (await Stream.ReadAtLeastAsync(length, 4, throwOnEndOfStream: false, patience.Token) < 4) return null;
            var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await Stream.ReadExactlyAsync(answer, patience.Token);
            return answer;
        }
        catch (IOException)
        {
            return null; // reset, as there were bytes that nobody will read
        }
    }

    public async Task<byte[]?> AskAsync(byte[] request)
    {
        await Stream.WriteAsync(request);
        return await ReadAsync();
    }

    public void Dispose() => tcp.Dispose();
}
