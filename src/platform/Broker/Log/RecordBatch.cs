using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Kampung.Broker.Protocol;

namespace Kampung.Broker.Log;

/// <summary>
/// A view of a record batch, format v2 (https://kafka.apache.org/documentation/#recordbatch). The broker stores a batch byte for byte, whatever its
/// codec; only base offset and leader epoch, which the checksum leaves out, are the broker's to set.
/// </summary>
internal readonly ref struct RecordBatch(Span<byte> bytes)
{
    /// <summary>Base offset and length: what one must read to know where a batch ends.</summary>
    public const int PrefixSize = 12;
    public const int HeaderSize = 61;
    const int ChecksummedFrom = 21;

    readonly Span<byte> _bytes = bytes;

    public Span<byte> Bytes => _bytes;

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(_bytes);

    /// <summary>Bytes of the whole batch, its prefix included.</summary>
    public int Size => PrefixSize + BinaryPrimitives.ReadInt32BigEndian(_bytes[8..]);

    public byte Magic => _bytes[16];

    public uint Checksum => BinaryPrimitives.ReadUInt32BigEndian(_bytes[17..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(_bytes[21..]);

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(_bytes[23..]);

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[27..]);

    /// <summary>Milliseconds since 1970, as the producer set it.</summary>
    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[35..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(_bytes[43..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(_bytes[51..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(_bytes[53..]);

    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(_bytes[57..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public int LastSequence => ProducerSequences.Add(BaseSequence, LastOffsetDelta);

    /// <summary>0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.</summary>
    public int Compression => Attributes & 0x07;

    public bool IsTransactional => (Attributes & 0x10) != 0;

    public bool IsControl => (Attributes & 0x20) != 0;

    public bool ChecksumIsRight => Checksum == Crc32C(_bytes[ChecksummedFrom..]);

    /// <summary>Whether these bytes are one whole batch as a producer may send it.</summary>
    public ErrorCode Validate()
    {
        if (_bytes.Length <= 16) return ErrorCode.CorruptMessage;
        if (Magic != 2) return ErrorCode.UnsupportedForMessageFormat;
        if (_bytes.Length < HeaderSize || Size < HeaderSize || Size > _bytes.Length) return ErrorCode.CorruptMessage;
        if (Size < _bytes.Length) return ErrorCode.InvalidRecord;
        if (!ChecksumIsRight) return ErrorCode.CorruptMessage;
        if (RecordCount < 1 || LastOffsetDelta != RecordCount - 1) return ErrorCode.InvalidRecord;
        if (IsTransactional || IsControl) return ErrorCode.InvalidRecord;
        return Compression > 4 ? ErrorCode.UnsupportedCompressionType : ErrorCode.None;
    }

    public void Assign(long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(_bytes, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(_bytes[12..], leaderEpoch);
    }

    /// <summary>
    /// The first record stamped at or after the time. In a compressed batch, which the broker does not open, the batch's first record stands for it:
    /// a reader then starts a little early, never late.
    /// </summary>
    public (long Offset, long Timestamp) FirstAt(long timestamp)
    {
        if (Compression == 0)
        {
            var records = _bytes[HeaderSize..Size];
            for (var i = 0; i < RecordCount; i++)
            {
                var length = (int)Varint(ref records);
                var record = records[..length];
                records = records[length..];
                record = record[1..];
                var at = BaseTimestamp + Varint(ref record);
                if (at >= timestamp) return (BaseOffset + Varint(ref record), at);
            }
        }
        return (BaseOffset, BaseTimestamp);
    }

    /// <summary>CRC-32C (Castagnoli), which the processor computes.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }

    static long Varint(scoped ref Span<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            break;
        }
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
