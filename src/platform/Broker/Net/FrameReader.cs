using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Kampung.Broker.Protocol;

namespace Kampung.Broker.Net;

/// <summary>
/// Cuts a connection's bytes into requests, each with its length before it. Beyond a megabyte the buffer grows with what has really arrived, not with
/// what a length promises, and it is small again when a large request is done.
/// </summary>
internal sealed class FrameReader(Socket socket, int maxFrame) : IDisposable
{
    const int Small = 4096;
    const int Large = 64 * 1024;
    const int Trusted = 1024 * 1024 + Large;
    const int LengthSize = sizeof(int);

    byte[] _buffer = ArrayPool<byte>.Shared.Rent(Small);
    int _start;
    int _end;

    /// <summary>The next request, in a buffer that is valid until the next call; null when the other side has closed.</summary>
    /// <exception cref="MalformedRequestException">The length is negative or too large, or the connection ended inside of a request.</exception>
    public async ValueTask<Memory<byte>?> ReadAsync()
    {
        while (true)
        {
            var available = _end - _start;
            var needed = LengthSize;
            if (available >= LengthSize)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
                if (length < 0 || length > maxFrame) throw new MalformedRequestException($"a frame says that it has {length} bytes");
                needed = LengthSize + length;
                if (available >= needed)
                {
                    var frame = _buffer.AsMemory(_start + LengthSize, length);
                    _start += needed;
                    return frame;
                }
            }

            MakeRoom(needed);
            var received = await socket.ReceiveAsync(_buffer.AsMemory(_end));
            if (received == 0)
            {
                if (available > 0) throw new MalformedRequestException("the connection ended inside of a frame");
                return null;
            }
            _end += received;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    void MakeRoom(int needed)
    {
        var available = _end - _start;
        var size = available == 0 && _buffer.Length > Large ? Small
            : needed <= _buffer.Length ? _buffer.Length
            : Math.Max(_buffer.Length, Math.Min(needed, Math.Max(Trusted, available * 2)));
        if (size != _buffer.Length)
        {
            var other = ArrayPool<byte>.Shared.Rent(size);
            _buffer.AsSpan(_start, available).CopyTo(other);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = other;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, available).CopyTo(_buffer);
        }
        (_start, _end) = (0, available);
    }
}
