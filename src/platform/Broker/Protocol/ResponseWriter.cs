using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Kampung.Broker.Protocol;

/// <summary>Writes the protocol's primitive types into one pooled buffer; the counterpart of <see cref="RequestReader"/>.</summary>
internal sealed class ResponseWriter : IDisposable
{
    const int Small = 512;
    byte[] _buffer = ArrayPool<byte>.Shared.Rent(Small);
    int _length;

    public bool Flexible { get; set; }

    /// <summary>False for a request that wants no answer (Produce with acks=0).</summary>
    public bool Wanted { get; set; } = true;

    public Memory<byte> Written => _buffer.AsMemory(0, _length);

    public int Length => _length;

    public void Boolean(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    public void Int8(sbyte value) => Take(1)[0] = (byte)value;

    public void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Take(2), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

    public void Error(ErrorCode error) => Int16((short)error);

    /// <summary>The field throttle_time_ms: this broker never throttles.</summary>
    public void NoThrottle() => Int32(0);

    public void String(string? value)
    {
        var length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        if (Flexible) UnsignedVarint((uint)(length + 1));
        else Int16(checked((short)length));
        if (value is not null) Encoding.UTF8.GetBytes(value, Take(length));
    }

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Bytes(value.Length));

    /// <summary>A bytes field of the given length, for the caller to fill.</summary>
    public Span<byte> Bytes(int length)
    {
        if (Flexible) UnsignedVarint((uint)(length + 1));
        else Int32(length);
        return Take(length);
    }

    public void ArrayLength(int count)
    {
        if (Flexible) UnsignedVarint((uint)(count + 1));
        else Int32(count);
    }

    public void Int32s(ReadOnlySpan<int> values)
    {
        ArrayLength(values.Length);
        foreach (var value in values) Int32(value);
    }

    /// <summary>Ends a structure: no tagged fields.</summary>
    public void Tags()
    {
        if (Flexible) Int8(0);
    }

    /// <summary>Writes the number at a place that was written before, for sizes known only at the end.</summary>
    public void Int32At(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position), value);

    /// <summary>Makes room for so many bytes at once, so that the buffer does not grow step by step.</summary>
    public void Reserve(int count)
    {
        if (_buffer.Length - _length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    /// <summary>Forgets everything written after this length.</summary>
    public void Truncate(int length) => _length = length;

    /// <summary>Ready for the next answer. A big buffer goes back to the pool, so that an idle connection is small.</summary>
    public void Reset()
    {
        if (_buffer.Length > 64 * 1024)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(Small);
        }
        _length = 0;
        Flexible = false;
        Wanted = true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    void UnsignedVarint(uint value)
    {
        for (; value >= 0x80; value >>= 7) Int8((sbyte)(value | 0x80));
        Int8((sbyte)value);
    }

    Span<byte> Take(int count)
    {
        Reserve(count);
        var taken = _buffer.AsSpan(_length, count);
        _length += count;
        return taken;
    }
}
