using System.Buffers.Binary;
using Kampung.Broker.Protocol;

namespace Kampung.Broker.Log;

/// <summary>
/// What each idempotent producer last wrote to a partition (KIP-98): a batch that comes again after a lost answer is recognised by its sequence
/// numbers and stored once; a gap is refused.
/// </summary>
internal sealed class ProducerSequences
{
    /// <summary>A producer has at most five requests under way, so five batches are remembered.</summary>
    const int Remembered = 5;
    const int EntrySize = 8 + 2 + 8 + 4 + 4 + 8;

    readonly Dictionary<long, Producer> _producers = [];

    sealed class Producer(short epoch)
    {
        public short Epoch = epoch;
        public long HeardAt;
        public readonly Queue<Written> Batches = new(Remembered);
        public Written Last;
    }

    readonly record struct Written(int FirstSequence, int LastSequence, long BaseOffset);

    public static int Add(int sequence, int delta) => (int)(((uint)sequence + (uint)delta) & int.MaxValue);

    /// <summary>Whether the batch may be stored; for one that is stored already, no error and its offset.</summary>
    public ErrorCode Check(RecordBatch batch, out long? storedAt)
    {
        storedAt = null;
        if (batch.ProducerId < 0) return ErrorCode.None;
        // A producer nobody remembers may begin anywhere: its earlier batches were deleted by retention.
        if (!_producers.TryGetValue(batch.ProducerId, out var producer)) return ErrorCode.None;
        if (batch.ProducerEpoch < producer.Epoch) return ErrorCode.InvalidProducerEpoch;
        if (batch.ProducerEpoch > producer.Epoch) return batch.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;

        foreach (var written in producer.Batches)
        {
            if (written.FirstSequence != batch.BaseSequence || written.LastSequence != batch.LastSequence) continue;
            storedAt = written.BaseOffset;
            return ErrorCode.None;
        }
        if (batch.BaseSequence == Add(producer.Last.LastSequence, 1)) return ErrorCode.None;
        return batch.BaseSequence <= producer.Last.LastSequence ? ErrorCode.DuplicateSequenceNumber : ErrorCode.OutOfOrderSequenceNumber;
    }

    public void Stored(RecordBatch batch)
    {
        if (batch.ProducerId >= 0)
            Stored(batch.ProducerId, batch.ProducerEpoch, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), new Written(batch.BaseSequence, batch.LastSequence, batch.BaseOffset));
    }

    void Stored(long producerId, short epoch, long heardAt, Written written)
    {
        if (!_producers.TryGetValue(producerId, out var producer)) _producers[producerId] = producer = new Producer(epoch);
        if (producer.Epoch != epoch)
        {
            producer.Epoch = epoch;
            producer.Batches.Clear();
        }
        if (producer.Batches.Count == Remembered) producer.Batches.Dequeue();
        producer.Batches.Enqueue(written);
        producer.Last = written;
        producer.HeardAt = heardAt;
    }

    /// <summary>Forgets producers that wrote nothing since (by this machine's clock: records carry whatever time their producer likes).</summary>
    public void Expire(DateTimeOffset since)
    {
        foreach (var (id, producer) in _producers)
            if (producer.HeardAt < since.ToUnixTimeMilliseconds()) _producers.Remove(id);
    }

    /// <summary>A snapshot, oldest batch of a producer first.</summary>
    public byte[] Save()
    {
        var snapshot = new byte[_producers.Values.Sum(producer => producer.Batches.Count) * EntrySize];
        var rest = snapshot.AsSpan();
        foreach (var (id, producer) in _producers)
        {
            foreach (var written in producer.Batches)
            {
                BinaryPrimitives.WriteInt64BigEndian(rest, id);
                BinaryPrimitives.WriteInt16BigEndian(rest[8..], producer.Epoch);
                BinaryPrimitives.WriteInt64BigEndian(rest[10..], producer.HeardAt);
                BinaryPrimitives.WriteInt32BigEndian(rest[18..], written.FirstSequence);
                BinaryPrimitives.WriteInt32BigEndian(rest[22..], written.LastSequence);
                BinaryPrimitives.WriteInt64BigEndian(rest[26..], written.BaseOffset);
                rest = rest[EntrySize..];
            }
        }
        return snapshot;
    }

    public void Load(ReadOnlySpan<byte> snapshot)
    {
        _producers.Clear();
        for (; snapshot.Length >= EntrySize; snapshot = snapshot[EntrySize..])
        {
            Stored(
                BinaryPrimitives.ReadInt64BigEndian(snapshot),
                BinaryPrimitives.ReadInt16BigEndian(snapshot[8..]),
                BinaryPrimitives.ReadInt64BigEndian(snapshot[10..]),
                new Written(
                    BinaryPrimitives.ReadInt32BigEndian(snapshot[18..]),
                    BinaryPrimitives.ReadInt32BigEndian(snapshot[22..]),
                    BinaryPrimitives.ReadInt64BigEndian(snapshot[26..])));
        }
    }
}
