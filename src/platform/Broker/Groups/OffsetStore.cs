using System.Buffers.Binary;
using Kampung.Broker.Log;
using Kampung.Broker.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Kampung.Broker.Groups;

internal readonly record struct TopicPartition(string Topic, int Partition);

/// <summary>How far a group has read a partition. A negative offset in the log says that it was deleted.</summary>
internal readonly record struct CommittedOffset(long Offset, int LeaderEpoch, string? Metadata, long CommittedAt)
{
    public static readonly CommittedOffset Deleted = new(-1, -1, null, 0);
}

/// <summary>
/// The committed offsets of all groups, in memory and in their own log <c>offsets.log</c>. An entry of the log is one commit: length, CRC-32C, group
/// and offsets. When most of the log is outdated it is written anew with what is current.
/// </summary>
internal sealed class OffsetStore : IDisposable
{
    const int EntryPrefix = 8;
    const int CompactFrom = 1024 * 1024;

    readonly Lock _gate = new();
    readonly Dictionary<string, Dictionary<TopicPartition, CommittedOffset>> _groups = new(StringComparer.Ordinal);
    readonly ResponseWriter _entry = new();
    readonly GroupCommit _commit;
    readonly string _path;
    SafeFileHandle _file;
    long _size;
    long _compactAt = CompactFrom;

    public OffsetStore(string folder, ILogger logger)
    {
        _path = Path.Combine(folder, "offsets.log");
        _commit = new GroupCommit(Flush);
        _file = Open(_path, FileMode.OpenOrCreate);
        Recover(logger);
    }

    public string[] Groups
    {
        get
        {
            lock (_gate) return [.. _groups.Keys];
        }
    }

    public bool Contains(string group)
    {
        lock (_gate) return _groups.ContainsKey(group);
    }

    public CommittedOffset? Find(string group, TopicPartition partition)
    {
        lock (_gate) return _groups.TryGetValue(group, out var offsets) && offsets.TryGetValue(partition, out var offset) ? offset : null;
    }

    public KeyValuePair<TopicPartition, CommittedOffset>[] All(string group)
    {
        lock (_gate) return _groups.TryGetValue(group, out var offsets) ? [.. offsets] : [];
    }

    /// <summary>Completes when the offsets are on disk.</summary>
    public Task CommitAsync(string group, IReadOnlyCollection<KeyValuePair<TopicPartition, CommittedOffset>> offsets)
    {
        lock (_gate)
        {
            Append(group, offsets);
            foreach (var (partition, offset) in offsets) Apply(group, partition, offset);
            if (_size > _compactAt) Compact();
        }
        return _commit.CommitAsync();
    }

    public Task DeleteAsync(string group) => DeleteAsync(group, (_, _) => true);

    public Task DeleteTopicAsync(string topic) =>
        Task.WhenAll(Groups.Select(group => DeleteAsync(group, (partition, _) => partition.Topic == topic)));

    /// <summary>Deletes the group's offsets that were committed before this time.</summary>
    public Task ExpireAsync(string group, DateTimeOffset before)
    {
        var oldest = before.ToUnixTimeMilliseconds();
        return DeleteAsync(group, (_, offset) => offset.CommittedAt < oldest);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_file.IsClosed) return;
            RandomAccess.FlushToDisk(_file);
            _file.Dispose();
            _entry.Dispose();
        }
    }

    Task DeleteAsync(string group, Func<TopicPartition, CommittedOffset, bool> which)
    {
        var deleted = All(group).Where(entry => which(entry.Key, entry.Value)).Select(entry => KeyValuePair.Create(entry.Key, CommittedOffset.Deleted)).ToList();
        return deleted.Count == 0 ? Task.CompletedTask : CommitAsync(group, deleted);
    }

    void Apply(string group, TopicPartition partition, CommittedOffset offset)
    {
        if (offset.Offset >= 0)
        {
            if (!_groups.TryGetValue(group, out var offsets)) _groups[group] = offsets = [];
            offsets[partition] = offset;
        }
        else if (_groups.TryGetValue(group, out var offsets))
        {
            offsets.Remove(partition);
            if (offsets.Count == 0) _groups.Remove(group);
        }
    }

    void Append(string group, IReadOnlyCollection<KeyValuePair<TopicPartition, CommittedOffset>> offsets)
    {
        _entry.Reset();
        _entry.Int64(0); // length and checksum, known below
        _entry.String(group);
        _entry.ArrayLength(offsets.Count);
        foreach (var (partition, offset) in offsets)
        {
            _entry.String(partition.Topic);
            _entry.Int32(partition.Partition);
            _entry.Int64(offset.Offset);
            _entry.Int32(offset.LeaderEpoch);
            _entry.String(offset.Metadata);
            _entry.Int64(offset.CommittedAt);
        }
        var written = _entry.Written.Span;
        BinaryPrimitives.WriteInt32BigEndian(written, written.Length - EntryPrefix);
        BinaryPrimitives.WriteUInt32BigEndian(written[4..], RecordBatch.Crc32C(written[EntryPrefix..]));
        RandomAccess.Write(_file, written, _size);
        _size += written.Length;
    }

    void Recover(ILogger logger)
    {
        var log = File.ReadAllBytes(_path).AsSpan();
        var length = log.Length;
        while (log.Length >= EntryPrefix)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(log);
            if (size < 0 || size > log.Length - EntryPrefix) break;
            var content = log.Slice(EntryPrefix, size);
            if (BinaryPrimitives.ReadUInt32BigEndian(log[4..]) != RecordBatch.Crc32C(content)) break;

            var entry = new RequestReader(content);
            var group = entry.String();
            for (var count = entry.ArrayLength(); count > 0; count--)
                Apply(group, new TopicPartition(entry.String(), entry.Int32()), new CommittedOffset(entry.Int64(), entry.Int32(), entry.NullableString(), entry.Int64()));
            log = log[(EntryPrefix + size)..];
        }
        _size = length - log.Length;
        if (log.Length == 0) return;
        RandomAccess.SetLength(_file, _size);
        logger.LogWarning("Cut {Bytes} bytes of a torn tail off {File}", log.Length, _path);
    }

    /// <summary>Writes the current offsets into a new log, which takes the old one's place once it is on disk.</summary>
    void Compact()
    {
        var old = _file;
        var draft = _path + ".new";
        _file = Open(draft, FileMode.Create);
        _size = 0;
        foreach (var (group, offsets) in _groups) Append(group, offsets);
        RandomAccess.FlushToDisk(_file);
        old.Dispose();
        File.Move(draft, _path, overwrite: true);
        _compactAt = Math.Max(CompactFrom, _size * 4);
    }

    void Flush()
    {
        var file = _file;
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch (ObjectDisposedException)
        {
            // Compacted or closed meanwhile: either flushed.
        }
    }

    static SafeFileHandle Open(string path, FileMode mode) => File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
}
