using Kampung.Broker.Log;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>
/// Reads records. When there are fewer than the client wants, the answer waits (a long poll): it is woken by the append itself, not by looking again.
/// Fetch sessions (KIP-227) are declined, which clients take for a full fetch each time.
/// </summary>
internal static class Fetch
{
    /// <summary>An answer has no more than this, except for one batch that is larger: a client asks again at once, and no answer takes much memory.</summary>
    const int MaxBytes = 4 * 1024 * 1024;

    readonly record struct Wanted(string Topic, int Partition, PartitionLog? Log, long Offset, int MaxBytes);

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        request.Int32(); // replica
        var maxWait = request.Int32();
        var minBytes = request.Int32();
        var maxBytes = Math.Min(request.Int32(), MaxBytes);
        request.Int8(); // isolation level: without transactions both mean the same
        var session = context.Version >= 7 ? request.Int32() : 0;
        if (context.Version >= 7) request.Int32(); // session epoch

        var wanted = new List<Wanted>();
        for (var topics = request.ArrayLength(); topics > 0; topics--)
        {
            var name = request.String();
            context.Node.Topics.TryGet(name, out var topic);
            for (var partitions = request.ArrayLength(); partitions > 0; partitions--)
            {
                var index = request.Int32();
                if (context.Version >= 9) request.Int32(); // current leader epoch: there is one
                var offset = request.Int64();
                if (context.Version >= 12) request.Int32(); // last fetched epoch
                if (context.Version >= 5) request.Int64(); // a follower's log start
                wanted.Add(new Wanted(name, index, topic?.Partition(index), offset, request.Int32()));
                request.Tags();
            }
            request.Tags();
        }

        if (session != 0)
        {
            WriteHead(response, context.Version, ErrorCode.FetchSessionIdNotFound);
            response.ArrayLength(0);
            response.Tags();
            return default;
        }
        if (maxWait <= 0 || HasEnough(wanted, minBytes))
        {
            Write(context, response, wanted, maxBytes);
            return default;
        }
        return new ValueTask(WaitAndWriteAsync(context, response, wanted, TimeSpan.FromMilliseconds(maxWait), minBytes, maxBytes));
    }

    static async Task WaitAndWriteAsync(RequestContext context, ResponseWriter response, List<Wanted> wanted, TimeSpan maxWait, int minBytes, int maxBytes)
    {
        using var poll = new LongPoll(maxWait);
        foreach (var each in wanted) each.Log?.Register(poll);
        // Looked at again after registering: an append in between wakes nobody.
        while (!poll.Over && !HasEnough(wanted, minBytes)) await poll.WaitAsync();
        foreach (var each in wanted) each.Log?.Unregister(poll);
        Write(context, response, wanted, maxBytes);
    }

    /// <summary>Whether there is nothing to wait for: enough bytes, or an error to tell.</summary>
    static bool HasEnough(List<Wanted> wanted, int minBytes)
    {
        long bytes = 0;
        foreach (var each in wanted)
        {
            if (each.Log is null || each.Log.Find(each.Offset, int.MaxValue, atLeastOne: true, out var slice) != ErrorCode.None) return true;
            bytes += slice.Length;
        }
        return bytes >= minBytes;
    }

    static void Write(RequestContext context, ResponseWriter response, List<Wanted> wanted, int maxBytes)
    {
        var found = new (ErrorCode Error, LogSlice Slice)[wanted.Count];
        var fetched = 0;
        for (var i = 0; i < found.Length; i++)
        {
            var limit = Math.Max(0, Math.Min(maxBytes - fetched, wanted[i].MaxBytes));
            found[i].Error = wanted[i].Log?.Find(wanted[i].Offset, limit, atLeastOne: fetched == 0, out found[i].Slice) ?? ErrorCode.UnknownTopicOrPartition;
            fetched += found[i].Slice.Length;
        }

        WriteHead(response, context.Version, ErrorCode.None);
        response.Reserve(fetched);
        // A client may name a topic more than once with other topics in between: what is counted is runs, not topics.
        response.ArrayLength(wanted.Where((each, i) => i == 0 || each.Topic != wanted[i - 1].Topic).Count());
        for (var i = 0; i < wanted.Count;)
        {
            var partitions = 1;
            while (i + partitions < wanted.Count && wanted[i + partitions].Topic == wanted[i].Topic) partitions++;
            response.String(wanted[i].Topic);
            response.ArrayLength(partitions);
            for (; partitions > 0; partitions--, i++) WritePartition(response, context.Version, wanted[i], found[i].Error, found[i].Slice);
            response.Tags();
        }
        response.Tags();
        Interlocked.Add(ref context.Node.Counters.FetchedBytes, fetched);
    }

    static void WriteHead(ResponseWriter response, short version, ErrorCode error)
    {
        response.NoThrottle();
        if (version < 7) return;
        response.Error(error);
        response.Int32(0); // no session
    }

    static void WritePartition(ResponseWriter response, short version, Wanted wanted, ErrorCode error, LogSlice slice)
    {
        var log = wanted.Log;
        var start = response.Length;
        while (true)
        {
            response.Int32(wanted.Partition);
            response.Error(error);
            response.Int64(log?.HighWatermark ?? -1);
            response.Int64(log?.HighWatermark ?? -1); // last stable offset
            if (version >= 5) response.Int64(log?.StartOffset ?? -1);
            response.ArrayLength(0); // aborted transactions
            if (version >= 11) response.Int32(-1); // preferred read replica
            var records = response.Bytes(slice.Length);
            try
            {
                if (slice.Length > 0) slice.Segment.Read(records, slice.Position);
                response.Tags();
                return;
            }
            catch (ObjectDisposedException)
            {
                // Deleted by retention between finding and reading: the offset is gone.
                response.Truncate(start);
                (slice, error) = (default, ErrorCode.OffsetOutOfRange);
            }
        }
    }
}
