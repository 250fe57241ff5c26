using Kampung.Broker.Log;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>Stores record batches. With acks=all the answer waits until they are on disk, with acks=1 until they are written.</summary>
internal static class Produce
{
    const short AcksAll = -1;

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var transactional = request.NullableString() is not null;
        var acks = request.Int16();
        request.Int32(); // timeout: one replica, nothing to wait for beyond its disk
        response.Wanted = acks != 0;

        Task commits = Task.CompletedTask;
        var topics = request.ArrayLength();
        response.ArrayLength(Math.Max(0, topics));
        for (; topics > 0; topics--)
        {
            var name = request.String();
            context.Node.Topics.TryGet(name, out var topic);
            response.String(name);
            var partitions = request.ArrayLength();
            response.ArrayLength(Math.Max(0, partitions));
            for (; partitions > 0; partitions--)
            {
                var index = request.Int32();
                var batch = new RecordBatch(request.Bytes());
                request.Tags();

                var log = topic?.Partition(index);
                long offset = -1;
                var error = acks is < AcksAll or > 1 ? ErrorCode.InvalidRequiredAcks
                    : transactional ? ErrorCode.TransactionalIdAuthorizationFailed
                    : log is null ? ErrorCode.UnknownTopicOrPartition
                    : Append(context, topic!, log, batch, out offset);
                if (error == ErrorCode.None)
                {
                    var commit = log!.CommitAsync();
                    commits = commits.IsCompleted ? commit : Task.WhenAll(commits, commit);
                }

                response.Int32(index);
                response.Error(error);
                response.Int64(offset);
                response.Int64(-1); // log append time: records keep the producer's time
                if (version >= 5) response.Int64(log?.StartOffset ?? -1);
                if (version >= 8)
                {
                    response.ArrayLength(0); // errors by record
                    response.String(null);
                }
                response.Tags();
            }
            request.Tags();
            response.Tags();
        }
        response.NoThrottle();
        response.Tags();
        return acks == AcksAll ? new ValueTask(commits) : default;
    }

    static ErrorCode Append(RequestContext context, Topic topic, PartitionLog log, RecordBatch batch, out long offset)
    {
        offset = -1;
        if (batch.Bytes.Length > topic.Options.MaxBatchBytes) return ErrorCode.MessageTooLarge;
        var error = batch.Validate();
        // A reader that does not know zstd must not meet it (KIP-110).
        if (error == ErrorCode.None && batch.Compression == 4 && context.Version < 7) error = ErrorCode.UnsupportedCompressionType;
        if (error != ErrorCode.None) return error;

        error = log.Append(batch, topic.Options, out offset);
        if (error != ErrorCode.None) return error;
        Interlocked.Add(ref context.Node.Counters.ProducedRecords, batch.RecordCount);
        Interlocked.Add(ref context.Node.Counters.ProducedBytes, batch.Size);
        return ErrorCode.None;
    }
}
