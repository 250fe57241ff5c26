using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kampung.Broker.Log;

/// <summary>
/// One file of a partition's log, named after its first offset, and a sparse index of it in memory. Once closed (the log went on in the next file)
/// its index and the producers' state at its end are kept beside it, so that a start need not read the file again.
/// </summary>
internal sealed class Segment : IDisposable
{
    const int IndexInterval = 4096;

    /// <param name="Offset">Base offset of a batch.</param>
    /// <param name="Position">Where in the file it begins.</param>
    /// <param name="MaxTimestampBefore">The newest timestamp of all batches before it in this segment.</param>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    readonly record struct IndexEntry(long Offset, long MaxTimestampBefore, int Position);

    readonly SafeFileHandle _file;
    readonly List<IndexEntry> _index = [];
    int _indexedUpTo;

    public Segment(string folder, long baseOffset)
    {
        BaseOffset = baseOffset;
        Path = System.IO.Path.Combine(folder, $"{baseOffset:D20}.log");
        _file = File.OpenHandle(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        Size = (int)RandomAccess.GetLength(_file);
        CreatedAt = File.GetCreationTimeUtc(Path);
    }

    public string Path { get; }

    public long BaseOffset { get; }

    public DateTime CreatedAt { get; }

    /// <summary>Bytes of whole batches.</summary>
    public int Size { get; private set; }

    /// <summary>Milliseconds since 1970 of the newest record, -1 when empty.</summary>
    public long MaxTimestamp { get; private set; } = -1;

    string IndexPath => System.IO.Path.ChangeExtension(Path, ".index");

    public void Append(RecordBatch batch)
    {
        RandomAccess.Write(_file, batch.Bytes, Size);
        Note(batch);
    }

    public int Read(Span<byte> into, int position)
    {
        var read = 0;
        while (read < into.Length)
        {
            var count = RandomAccess.Read(_file, into[read..], position + read);
            if (count == 0) break;
            read += count;
        }
        return read;
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <summary>Where the batch begins that has this offset (or the first one after it), and how many bytes it has.</summary>
    public (int Position, int Size) Locate(long offset)
    {
        Span<byte> header = stackalloc byte[RecordBatch.HeaderSize];
        for (var position = IndexedBefore(entry => entry.Offset <= offset); position < Size;)
        {
            var batch = HeaderAt(position, header);
            if (batch.LastOffset >= offset) return (position, batch.Size);
            position += batch.Size;
        }
        return (Size, 0);
    }

    /// <summary>The first record stamped at or after the time in the file's first <paramref name="limit"/> bytes.</summary>
    public (long Offset, long Timestamp)? FindTime(long timestamp, int limit)
    {
        if (MaxTimestamp < timestamp) return null;
        Span<byte> header = stackalloc byte[RecordBatch.HeaderSize];
        for (var position = IndexedBefore(entry => entry.MaxTimestampBefore < timestamp); position < limit;)
        {
            var batch = HeaderAt(position, header);
            if (batch.MaxTimestamp >= timestamp)
            {
                var whole = new byte[batch.Size];
                Read(whole, position);
                return new RecordBatch(whole).FirstAt(timestamp);
            }
            position += batch.Size;
        }
        return null;
    }

    /// <summary>
    /// Reads the file from its start, tells <paramref name="onBatch"/> of each batch, and cuts it off behind the last one that is whole and unharmed:
    /// what follows was never acknowledged.
    /// </summary>
    /// <returns>How many bytes were cut off.</returns>
    public int Recover(ref long nextOffset, Action<RecordBatch> onBatch)
    {
        var length = Size;
        Size = 0;
        _index.Clear();
        _indexedUpTo = 0;
        MaxTimestamp = -1;

        var buffer = ArrayPool<byte>.Shared.Rent(1024 * 1024);
        while (true)
        {
            // A batch is read whole; its prefix says how long it is.
            if (length - Size < RecordBatch.HeaderSize || Read(buffer.AsSpan(0, RecordBatch.HeaderSize), Size) < RecordBatch.HeaderSize) break;
            var size = new RecordBatch(buffer).Size;
            if (size < RecordBatch.HeaderSize || size > length - Size) break;
            if (size > buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(size);
            }
            if (Read(buffer.AsSpan(0, size), Size) < size) break;
            var batch = new RecordBatch(buffer.AsSpan(0, size));
            if (batch.Magic != 2 || batch.BaseOffset < nextOffset || batch.LastOffsetDelta < 0 || !batch.ChecksumIsRight) break;

            Note(batch);
            onBatch(batch);
            nextOffset = batch.LastOffset + 1;
        }
        ArrayPool<byte>.Shared.Return(buffer);

        if (Size < length)
        {
            RandomAccess.SetLength(_file, Size);
            Flush();
        }
        return length - Size;
    }

    /// <summary>Keeps what a start needs to know of this segment, now that no batch will follow in it.</summary>
    public void SaveIndex(long nextOffset, byte[] producers)
    {
        var entries = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_index));
        var file = new byte[24 + entries.Length + producers.Length + sizeof(uint)];
        BinaryPrimitives.WriteInt64BigEndian(file, nextOffset);
        BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(8), MaxTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), Size);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), entries.Length);
        entries.CopyTo(file.AsSpan(24));
        producers.CopyTo(file.AsSpan(24 + entries.Length));
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(file.Length - sizeof(uint)), RecordBatch.Crc32C(file.AsSpan(0, file.Length - sizeof(uint))));
        File.WriteAllBytes(IndexPath, file);
    }

    /// <summary>False when there is no index that fits the file: then <see cref="Recover"/> makes it anew.</summary>
    public bool TryLoadIndex(out long nextOffset, out ReadOnlyMemory<byte> producers)
    {
        nextOffset = 0;
        producers = default;
        if (!File.Exists(IndexPath)) return false;
        var file = File.ReadAllBytes(IndexPath);
        if (file.Length < 24 + sizeof(uint)) return false;
        var content = file.AsSpan(0, file.Length - sizeof(uint));
        if (BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(content.Length)) != RecordBatch.Crc32C(content)) return false;
        if (BinaryPrimitives.ReadInt32BigEndian(content[16..]) != Size) return false;

        nextOffset = BinaryPrimitives.ReadInt64BigEndian(content);
        MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(content[8..]);
        var entries = BinaryPrimitives.ReadInt32BigEndian(content[20..]);
        _index.AddRange(MemoryMarshal.Cast<byte, IndexEntry>(content.Slice(24, entries)));
        producers = file.AsMemory(24 + entries, content.Length - 24 - entries);
        return true;
    }

    public void Delete()
    {
        Dispose();
        File.Delete(Path);
        File.Delete(IndexPath);
    }

    public void Dispose() => _file.Dispose();

    void Note(RecordBatch batch)
    {
        if (_index.Count == 0 || Size - _indexedUpTo >= IndexInterval)
        {
            _index.Add(new IndexEntry(batch.BaseOffset, MaxTimestamp, Size));
            _indexedUpTo = Size;
        }
        Size += batch.Size;
        MaxTimestamp = Math.Max(MaxTimestamp, batch.MaxTimestamp);
    }

    RecordBatch HeaderAt(int position, Span<byte> header)
    {
        Read(header, position);
        return new RecordBatch(header);
    }

    /// <summary>The last indexed position for which the condition holds; it holds for all entries before that one too.</summary>
    int IndexedBefore(Predicate<IndexEntry> holds)
    {
        var (low, high) = (0, _index.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (holds(_index[middle])) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : _index[low - 1].Position;
    }
}
