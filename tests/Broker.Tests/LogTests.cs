using System.Buffers.Binary;
using CsCheck;
using Kampung.Broker.Groups;
using Kampung.Broker.Log;
using Kampung.Broker.Protocol;
using Kampung.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using ErrorCode = Kampung.Broker.Protocol.ErrorCode;

namespace Kampung.Broker.Tests;

/// <summary>The parts of the log that clients reach only after years: sequence numbers that wrap, offsets that are compacted, every cut of a torn tail.</summary>
public sealed class LogTests : IDisposable
{
    static readonly LogOptions Options = new(RetentionTime: null, RetentionBytes: null, SegmentBytes: 2000, SegmentAge: TimeSpan.FromDays(1), MaxBatchBytes: 1_000_000);
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A batch of records with nothing in them; the log does not look inside.</summary>
    static byte[] Batch(int records, long producer = -1, short epoch = -1, int sequence = -1, long timestamp = 1000, int size = 100)
    {
        var batch = new byte[RecordBatch.HeaderSize + size];
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), batch.Length - 12);
        batch[16] = 2;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), 1); // "gzip"
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), records - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producer);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), sequence);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), records);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(17), RecordBatch.Crc32C(batch.AsSpan(21)));
        return batch;
    }

    PartitionLog Open(string name = "log") => new(folder[name], NullLogger.Instance);

    static (ErrorCode Error, long Offset) Append(PartitionLog log, byte[] batch)
    {
        var error = log.Append(new RecordBatch(batch), Options, out var offset);
        return (error, offset);
    }

    [Fact]
    public void The_checksum_is_that_of_the_standard() => RecordBatch.Crc32C("123456789"u8).ShouldBe(0xE3069283u);

    [Fact]
    public async Task A_batch_that_comes_again_is_stored_once_also_after_a_restart_and_across_files()
    {
        using (var log = Open())
        {
            // 30 batches of 2 records fill more than two files.
            for (var i = 0; i < 30; i++) Append(log, Batch(2, producer: 7, epoch: 0, sequence: i * 2)).ShouldBe((ErrorCode.None, i * 2));
            await log.CommitAsync();
        }

        using var again = Open();
        again.HighWatermark.ShouldBe(60);
        Append(again, Batch(2, producer: 7, epoch: 0, sequence: 58)).ShouldBe((ErrorCode.None, 58));
        Append(again, Batch(2, producer: 7, epoch: 0, sequence: 50)).ShouldBe((ErrorCode.None, 50));
        Append(again, Batch(2, producer: 7, epoch: 0, sequence: 48)).Error.ShouldBe(ErrorCode.DuplicateSequenceNumber);
        Append(again, Batch(2, producer: 7, epoch: 0, sequence: 62)).Error.ShouldBe(ErrorCode.OutOfOrderSequenceNumber);
        Append(again, Batch(2, producer: 7, epoch: 0, sequence: 60)).ShouldBe((ErrorCode.None, 60));
        Append(again, Batch(1, producer: 7, epoch: 1, sequence: 5)).Error.ShouldBe(ErrorCode.OutOfOrderSequenceNumber);
        Append(again, Batch(1, producer: 7, epoch: 1, sequence: 0)).ShouldBe((ErrorCode.None, 62));
        Append(again, Batch(1, producer: 7, epoch: 0, sequence: 62)).Error.ShouldBe(ErrorCode.InvalidProducerEpoch);
    }

    [Fact]
    public void Sequence_numbers_begin_again_at_0_after_the_largest()
    {
        using var log = Open();
        Append(log, Batch(4, producer: 1, epoch: 0, sequence: int.MaxValue - 1)).Error.ShouldBe(ErrorCode.None); // max-1, max, 0, 1
        Append(log, Batch(1, producer: 1, epoch: 0, sequence: 2)).ShouldBe((ErrorCode.None, 4));
        Append(log, Batch(4, producer: 1, epoch: 0, sequence: int.MaxValue - 1)).ShouldBe((ErrorCode.None, 0));
    }

    [Fact]
    public async Task Every_cut_of_the_last_file_leaves_the_whole_batches_before_it()
    {
        using (var log = Open("whole"))
        {
            for (var i = 0; i < 8; i++) Append(log, Batch(3, timestamp: i));
            await log.CommitAsync();
        }
        var bytes = await File.ReadAllBytesAsync(Directory.GetFiles(folder["whole"], "*.log").Single());
        var batch = bytes.Length / 8;

        Gen.Int[0, bytes.Length].Sample(length =>
        {
            var name = Guid.NewGuid().ToString();
            Directory.CreateDirectory(folder[name]);
            File.WriteAllBytes(Path.Combine(folder[name], $"{0:D20}.log"), bytes[..length]);
            using var log = Open(name);
            log.HighWatermark.ShouldBe(length / batch * 3);
            Append(log, Batch(1)).Offset.ShouldBe(length / batch * 3);
        }, iter: 100);
    }

    [Fact]
    public async Task Any_offset_is_found_in_any_file()
    {
        using var log = Open();
        var random = new Random(3);
        var batches = new List<(long First, int Count, long Time)>();
        for (long next = 0, i = 0; i < 200; i++)
        {
            var count = random.Next(1, 50);
            batches.Add((next, count, 1000 + i * 10));
            Append(log, Batch(count, timestamp: 1000 + i * 10, size: random.Next(1, 900))).ShouldBe((ErrorCode.None, next));
            next += count;
        }
        await log.CommitAsync();

        foreach (var (first, count, time) in batches)
        {
            foreach (var offset in new[] { first, first + count - 1 })
            {
                log.Find(offset, int.MaxValue, atLeastOne: true, out var slice).ShouldBe(ErrorCode.None);
                var head = new byte[RecordBatch.HeaderSize];
                slice.Segment.Read(head, slice.Position);
                new RecordBatch(head).BaseOffset.ShouldBe(first);
            }
            log.FindTime(time).ShouldBe((first, time));
            log.FindTime(time - 9).ShouldBe((first, time));
        }
        log.FindTime(1_000_000).ShouldBeNull();
        log.Find(log.HighWatermark, 1000, true, out var end).ShouldBe(ErrorCode.None);
        end.Length.ShouldBe(0);
        log.Find(log.HighWatermark + 1, 1000, true, out _).ShouldBe(ErrorCode.OffsetOutOfRange);
    }

    [Fact]
    public async Task A_record_is_visible_once_it_is_on_disk()
    {
        using var log = Open();
        Append(log, Batch(5));
        log.HighWatermark.ShouldBe(0);
        log.Find(0, int.MaxValue, atLeastOne: true, out var early).ShouldBe(ErrorCode.None);
        early.Length.ShouldBe(0);
        await log.CommitAsync();
        log.HighWatermark.ShouldBe(5);
        log.Find(0, 10, atLeastOne: false, out var tooSmall).ShouldBe(ErrorCode.None);
        tooSmall.Length.ShouldBe(0);
        log.Find(0, 10, atLeastOne: true, out var whole).ShouldBe(ErrorCode.None);
        whole.Length.ShouldBe(161);
    }

    [Fact]
    public async Task Committed_offsets_are_compacted_and_read_again()
    {
        Directory.CreateDirectory(folder["offsets"]);
        var partition = new TopicPartition("topic", 3);
        using (var offsets = new OffsetStore(folder["offsets"], NullLogger.Instance))
        {
            for (var i = 0; i < 30_000; i++)
                _ = offsets.CommitAsync($"group-{i % 10}", [KeyValuePair.Create(partition, new CommittedOffset(i, 0, "metadata that takes some room", 1))]);
            await offsets.CommitAsync("gone", [KeyValuePair.Create(partition, new CommittedOffset(1, 0, null, 1))]);
            await offsets.DeleteAsync("gone");
        }
        new FileInfo(Path.Combine(folder["offsets"], "offsets.log")).Length.ShouldBeLessThan(1_100_000);

        using var again = new OffsetStore(folder["offsets"], NullLogger.Instance);
        again.Groups.Order().ShouldBe(Enumerable.Range(0, 10).Select(i => $"group-{i}"));
        for (var i = 0; i < 10; i++) again.Find($"group-{i}", partition)!.Value.Offset.ShouldBe(29_990 + i);
    }

    [Fact]
    public void No_request_however_wrong_reads_past_its_end()
    {
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Bool, Gen.Int[0, 7].Array[1, 10]).Sample((bytes, flexible, reads) =>
        {
            var request = new RequestReader(bytes) { Flexible = flexible };
            try
            {
                foreach (var read in reads)
                {
                    switch (read)
                    {
                        case 0: request.NullableString(); break;
                        case 1: request.Bytes(); break;
                        case 2: request.Strings(); break;
                        case 3: request.Int32s(); break;
                        case 4: request.Tags(); break;
                        case 5: request.Int64(); break;
                        case 6: request.Boolean(); break;
                        default: request.ArrayLength(); break;
                    }
                    request.Remaining.ShouldBeGreaterThanOrEqualTo(0);
                }
            }
            catch (MalformedRequestException)
            {
                // The only way out.
            }
        }, iter: 20_000);
    }
}
