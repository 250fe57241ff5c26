using System.Globalization;
using Kampung.Broker.Protocol;

namespace Kampung.Broker.Log;

/// <summary>How one topic's logs are cut into files and how long they are kept.</summary>
/// <param name="RetentionTime">Records older than this may go; null keeps them.</param>
/// <param name="RetentionBytes">What a partition may hold beyond its last file; null for no limit.</param>
/// <param name="SegmentBytes">A file is closed when it would grow past this.</param>
/// <param name="SegmentAge">A file is closed when it is this old.</param>
/// <param name="MaxBatchBytes">The largest batch taken.</param>
internal sealed record LogOptions(TimeSpan? RetentionTime, long? RetentionBytes, int SegmentBytes, TimeSpan SegmentAge, int MaxBatchBytes);

/// <summary>A piece of a log's file that a fetch answers with.</summary>
internal readonly record struct LogSlice(Segment Segment, int Position, int Length);

/// <summary>
/// The log of one partition: a row of segments, the last of which is written to. A record is visible to readers, and acknowledged to a producer
/// that asked for all acknowledgements, once it is on disk (<see cref="HighWatermark"/>).
/// </summary>
internal sealed class PartitionLog : IDisposable
{
    /// <summary>There is one broker and so one leader, ever.</summary>
    public const int LeaderEpoch = 0;

    static readonly TimeSpan ProducersRemembered = TimeSpan.FromDays(7);

    readonly Lock _gate = new();
    readonly string _folder;
    readonly List<Segment> _segments = [];
    readonly ProducerSequences _producers = new();
    readonly HashSet<LongPoll> _polls = [];
    readonly GroupCommit _commit;
    long _nextOffset;
    int _visibleBytes; // of the last segment
    bool _failed;
    bool _disposed;

    public PartitionLog(string folder, ILogger logger)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _commit = new GroupCommit(Flush);
        Recover(logger);
    }

    /// <summary>The first offset that is still kept.</summary>
    public long StartOffset { get; private set; }

    /// <summary>The offset behind the last record that is on disk.</summary>
    public long HighWatermark { get; private set; }

    public long Bytes
    {
        get
        {
            lock (_gate) return _segments.Sum(segment => (long)segment.Size);
        }
    }

    Segment Last => _segments[^1];

    /// <summary>Stores a batch that <see cref="RecordBatch.Validate"/> found right, or recognises one that is stored already.</summary>
    /// <param name="batch">The batch; its base offset and leader epoch are set in place.</param>
    /// <param name="options">When to close the file.</param>
    /// <param name="offset">The offset the batch's first record has got.</param>
    public ErrorCode Append(RecordBatch batch, LogOptions options, out long offset)
    {
        offset = -1;
        lock (_gate)
        {
            if (_disposed) return ErrorCode.UnknownTopicOrPartition;
            if (_failed) return ErrorCode.KafkaStorageError;
            var error = _producers.Check(batch, out var storedAt);
            if (error != ErrorCode.None) return error;
            if (storedAt is not null)
            {
                offset = storedAt.Value;
                return ErrorCode.None;
            }

            try
            {
                if (Last.Size > 0 && (Last.Size + batch.Size > options.SegmentBytes || DateTime.UtcNow - Last.CreatedAt > options.SegmentAge)) Roll();
                batch.Assign(_nextOffset, LeaderEpoch);
                Last.Append(batch);
            }
            catch (IOException)
            {
                return ErrorCode.KafkaStorageError; // no room on the disk, perhaps: what was written of it is overwritten by the next one
            }
            _producers.Stored(batch);
            offset = _nextOffset;
            _nextOffset += batch.RecordCount;
            return ErrorCode.None;
        }
    }

    /// <summary>Completes when everything appended so far is on disk.</summary>
    public Task CommitAsync() => _commit.CommitAsync();

    /// <summary>Where the records from this offset on are; an empty slice at the end of the log.</summary>
    public ErrorCode Find(long offset, int maxBytes, bool atLeastOne, out LogSlice slice)
    {
        lock (_gate)
        {
            slice = default;
            if (_disposed) return ErrorCode.UnknownTopicOrPartition;
            if (offset < StartOffset || offset > HighWatermark) return ErrorCode.OffsetOutOfRange;
            if (offset == HighWatermark) return ErrorCode.None;

            var index = SegmentOf(offset);
            var (position, batchSize) = _segments[index].Locate(offset);
            if (batchSize == 0 && index + 1 < _segments.Count) (position, batchSize) = _segments[++index].Locate(offset);
            var segment = _segments[index];
            var available = (segment == Last ? _visibleBytes : segment.Size) - position;
            var length = Math.Min(available, maxBytes);
            // A batch larger than the limit is sent whole, or a reader would never get past it (KIP-74).
            if (length < batchSize) length = atLeastOne ? batchSize : 0;
            slice = new LogSlice(segment, position, length);
            return ErrorCode.None;
        }
    }

    /// <summary>The first record stamped at or after the time (milliseconds since 1970), null when there is none.</summary>
    public (long Offset, long Timestamp)? FindTime(long timestamp)
    {
        lock (_gate)
        {
            foreach (var segment in _segments)
                if (segment.FindTime(timestamp, segment == Last ? _visibleBytes : segment.Size) is { } found) return found;
            return null;
        }
    }

    /// <summary>From now on, the poll is woken whenever there is more to read.</summary>
    public void Register(LongPoll poll)
    {
        lock (_gate) _polls.Add(poll);
    }

    public void Unregister(LongPoll poll)
    {
        lock (_gate) _polls.Remove(poll);
    }

    /// <summary>Deletes the oldest files as far as time and size allow, and forgets producers that have long been silent.</summary>
    public int Retain(LogOptions options, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_disposed) return 0;
            var oldest = options.RetentionTime is { } time ? (now - time).ToUnixTimeMilliseconds() : long.MinValue;
            var bytes = _segments.Sum(segment => (long)segment.Size);
            var deleted = 0;
            while (Last.Size > 0 && (_segments[0].MaxTimestamp < oldest || bytes - _segments[0].Size >= options.RetentionBytes))
            {
                if (_segments.Count == 1)
                {
                    if (HighWatermark < _nextOffset || _segments[0].MaxTimestamp >= oldest) break;
                    Roll();
                }
                bytes -= _segments[0].Size;
                _segments[0].Delete();
                _segments.RemoveAt(0);
                StartOffset = _segments[0].BaseOffset;
                deleted++;
            }
            _producers.Expire(now - ProducersRemembered);
            return deleted;
        }
    }

    /// <summary>Closes the files and wakes whoever waits; what was written is flushed first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            if (!_failed) Last.Flush();
            foreach (var segment in _segments) segment.Dispose();
            foreach (var poll in _polls) poll.Wake();
        }
    }

    void Flush()
    {
        Segment segment;
        long end;
        int size;
        lock (_gate)
        {
            if (_disposed) return;
            if (_failed) throw new IOException($"{_folder} failed before");
            (segment, end, size) = (Last, _nextOffset, Last.Size);
        }

        try
        {
            FlushToDisk(segment);
        }
        catch (ObjectDisposedException)
        {
            return; // deleted, and flushed before that
        }

        lock (_gate)
        {
            HighWatermark = Math.Max(HighWatermark, end);
            if (segment == Last) _visibleBytes = size;
            foreach (var poll in _polls) poll.Wake();
        }
    }

    /// <summary>After a failed fsync nobody knows what is on disk: this partition takes nothing more until a start has read it again.</summary>
    void FlushToDisk(Segment segment)
    {
        try
        {
            segment.Flush();
        }
        catch (IOException)
        {
            lock (_gate) _failed = true;
            throw;
        }
    }

    /// <summary>Closes the last file, on disk with all that is in it, and goes on in a new one.</summary>
    void Roll()
    {
        FlushToDisk(Last);
        Last.SaveIndex(_nextOffset, _producers.Save());
        _segments.Add(new Segment(_folder, _nextOffset));
        HighWatermark = _nextOffset;
        _visibleBytes = 0;
    }

    int SegmentOf(long offset)
    {
        var index = _segments.Count - 1;
        while (index > 0 && _segments[index].BaseOffset > offset) index--;
        return index;
    }

    void Recover(ILogger logger)
    {
        var offsets = Directory.EnumerateFiles(_folder, "*.log").Select(file => long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture)).Order().ToList();
        if (offsets.Count == 0) offsets.Add(0);
        StartOffset = _nextOffset = offsets[0];
        foreach (var baseOffset in offsets)
        {
            var segment = new Segment(_folder, baseOffset);
            _segments.Add(segment);
            _nextOffset = Math.Max(_nextOffset, baseOffset);
            if (baseOffset != offsets[^1] && segment.TryLoadIndex(out var next, out var producers))
            {
                _nextOffset = next;
                _producers.Load(producers.Span);
                continue;
            }
            var cut = segment.Recover(ref _nextOffset, _producers.Stored);
            if (cut > 0) logger.LogWarning("Cut {Bytes} bytes of a torn tail off {File}; the log goes on at offset {Offset}", cut, segment.Path, _nextOffset);
        }
        HighWatermark = _nextOffset;
        _visibleBytes = Last.Size;
    }
}
