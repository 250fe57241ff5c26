using System.Buffers.Binary;
using System.Text;

namespace Kampung.Broker.Protocol;

/// <summary>A request that does not follow the protocol. The connection that sent it is closed.</summary>
internal sealed class MalformedRequestException(string message) : Exception(message);

/// <summary>
/// Reads the protocol's primitive types (https://kafka.apache.org/protocol#protocol_types). In flexible versions (KIP-482) strings, bytes and
/// arrays carry a varint length plus one, and every structure ends with tagged fields. Nothing is allocated on the word of a length alone.
/// </summary>
internal ref struct RequestReader(Span<byte> buffer)
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly Span<byte> _buffer = buffer;
    int _position;

    public bool Flexible { get; set; }

    public readonly int Remaining => _buffer.Length - _position;

    public bool Boolean() => Take(1)[0] != 0;

    public sbyte Int8() => (sbyte)Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public string String() => NullableString() ?? throw new MalformedRequestException("a string is null that must not be");

    public string? NullableString()
    {
        var length = Flexible ? CompactLength() : Int16();
        if (length < 0) return null;
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw new MalformedRequestException("a string is not UTF-8");
        }
    }

    /// <summary>The bytes in place: valid as long as the request's buffer is. Null reads as empty.</summary>
    public Span<byte> Bytes()
    {
        var length = Flexible ? CompactLength() : Int32();
        return length < 0 ? [] : Take(length);
    }

    /// <summary>Bytes with a 16-bit length, whatever the version: the client id in a request's head. Null reads as empty.</summary>
    public Span<byte> ShortBytes() => Int16() is >= 0 and var length ? Take(length) : [];

    /// <summary>How many elements follow; -1 for a null array.</summary>
    public int ArrayLength()
    {
        var length = Flexible ? CompactLength() : Int32();
        // Every element has at least one byte, so a count beyond what is left is a lie.
        if (length > Remaining) throw new MalformedRequestException($"an array of {length} elements in {Remaining} bytes");
        return Math.Max(length, -1);
    }

    public string[] Strings()
    {
        var strings = new string[Math.Max(0, ArrayLength())];
        for (var i = 0; i < strings.Length; i++) strings[i] = String();
        return strings;
    }

    public int[] Int32s()
    {
        var numbers = new int[Math.Max(0, ArrayLength())];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = Int32();
        return numbers;
    }

    /// <summary>Skips the tagged fields at the end of a structure: none of them changes an answer of this broker.</summary>
    public void Tags()
    {
        if (!Flexible) return;
        for (var count = UnsignedVarint(); count > 0; count--)
        {
            UnsignedVarint();
            var size = UnsignedVarint();
            if (size > Remaining) throw new MalformedRequestException("a tagged field is longer than its request");
            Take((int)size);
        }
    }

    int CompactLength()
    {
        var length = UnsignedVarint();
        if (length > int.MaxValue) throw new MalformedRequestException("a length is out of range");
        return (int)length - 1;
    }

    uint UnsignedVarint()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Take(1)[0];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new MalformedRequestException("a varint is longer than five bytes");
    }

    Span<byte> Take(int count)
    {
        if (count < 0 || count > Remaining) throw new MalformedRequestException($"{count} bytes expected, {Remaining} left");
        var taken = _buffer.Slice(_position, count);
        _position += count;
        return taken;
    }
}
