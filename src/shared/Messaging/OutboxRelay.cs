using Confluent.Kafka;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Kampung.Messaging;

/// <summary>A row of the outbox as the relay reads it, the body as it goes on the wire.</summary>
sealed record OutboxRow(long Id, Guid EventId, string Topic, string Type, string Key, byte[] Body, DateTimeOffset Time, string? TraceParent, string? TraceState);

/// <summary>Sends the outbox to Kafka. Every instance of a service has one; the one that holds the advisory lock works, the others stand by.</summary>
/// <remarks>
/// <para>
/// The lock belongs to a database session and ends with it: at once when the process dies, after <see cref="MessagingOptions.RelayLease"/> when the process
/// is frozen or its machine is gone, because PostgreSQL ends a session that stays idle for so long (idle_session_timeout). The rows are read and deleted in that
/// same session, so a relay that lost its place can neither read nor delete one row more.
/// </para>
/// <para>
/// What it had already handed to the producer, one batch at most, may still reach the broker, next to the new relay sending the same rows. Both send them in the
/// order of the outbox, so the first copy of each event still follows the first copy of the one before it, and the inbox skips the later copies.
/// What is promised: every event at least once on the topic, and per key the first copies in order.
/// </para>
/// </remarks>
sealed class OutboxRelay(
    IServiceScopeFactory scopes, MessagingDatabase database, OutboxSignal signal, KafkaClients kafka, MessagingTelemetry telemetry,
    IOptions<MessagingOptions> options, TimeProvider time, ILogger<OutboxRelay> logger) : BackgroundService
{
    const string Channel = "kampung_outbox";

    // Any number will do that nothing else in the service's database uses: "outbox" in ASCII.
    const long LockId = 0x6f7574626f78;

    readonly MessagingOptions _options = options.Value;
    readonly HashSet<string> _topics = [];

    /// <summary>The session says something at least this often, so that PostgreSQL does not take it for dead.</summary>
    TimeSpan HeartBeat => _options.RelayLease / 4;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        for (var failures = 0; !stop.IsCancellationRequested;)
        {
            try
            {
                using var quiet = MessagingTelemetry.Quiet();
                await using var scope = scopes.CreateAsyncScope();
                var db = database.In(scope.ServiceProvider).Database;
                await db.OpenConnectionAsync(stop);
                var session = (NpgsqlConnection)db.GetDbConnection();
                await StandByAsync(session, stop);
                logger.LogInformation("The outbox relay of {Service} is active in this instance", _options.Service);
                try
                {
                    await RelayAsync(session, () => failures = 0, stop);
                }
                finally
                {
                    telemetry.OutboxDepth = null;
                    await ReleaseAsync(session);
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                // Stopping: what was not acknowledged stays in the outbox.
            }
            catch (Exception error)
            {
                var delay = TimeSpan.FromMilliseconds(Math.Min(5000, 100 << Math.Min(failures++, 10)));
                logger.LogWarning("The outbox relay of {Service} starts again in {Delay}: {Reason}", _options.Service, delay, error.Message);
                await Task.Delay(delay, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for the lock, meanwhile telling the active relay about commits in this instance.</summary>
    async Task StandByAsync(NpgsqlConnection session, CancellationToken stop)
    {
        // Tried again and again rather than waited for: a statement that waits for hours would keep VACUUM from cleaning the outbox.
        while (!await ScalarAsync<bool>(session, $"select pg_try_advisory_lock({LockId})", stop))
            if (await signal.WaitAsync(_options.RelayPoll, stop))
                await ExecuteAsync(session, $"notify {Channel}", stop);
        // The relay's deletes need not reach the disk before it goes on: a row that a crash brings back is sent again, and skipped by the inbox.
        await ExecuteAsync(session, $"set synchronous_commit = off; set idle_session_timeout = {(int)_options.RelayLease.TotalMilliseconds}; listen {Channel}", stop);
    }

    async Task RelayAsync(NpgsqlConnection session, Action working, CancellationToken stop)
    {
        using var producer = kafka.CreateProducer();
        _topics.Clear();
        var counted = DateTimeOffset.MinValue;
        while (true)
        {
            var rows = await ReadAsync(session, stop);
            if (rows.Count > 0) await SendAsync(session, producer, rows, stop);
            working();

            if (time.GetUtcNow() - counted > _options.RelayPoll)
            {
                telemetry.OutboxDepth = await ScalarAsync<long>(session, "select count(*) from outbox", stop);
                counted = time.GetUtcNow();
            }
            if (rows.Count < _options.RelayBatchSize) await WaitForCommitAsync(session, stop);
        }
    }

    /// <summary>Returns when a transaction has published events: here (the signal), in another instance (its notification), or unheard (the poll).</summary>
    async Task WaitForCommitAsync(NpgsqlConnection session, CancellationToken stop)
    {
        using var heard = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var here = signal.WaitAsync(_options.RelayPoll < HeartBeat ? _options.RelayPoll : HeartBeat, heard.Token);
        var elsewhere = session.WaitAsync(heard.Token);
        await Task.WhenAny(here, elsewhere);
        await heard.CancelAsync();
        await ((Task)here).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await elsewhere;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Not notified, and the session is free for the next statement.
        }
    }

    /// <summary>Sends the rows in their order, all at once, and deletes those that were acknowledged.</summary>
    async Task SendAsync(NpgsqlConnection session, IProducer<string, byte[]> producer, List<OutboxRow> rows, CancellationToken stop)
    {
        var missing = rows.Select(row => row.Topic).Distinct().Where(topic => !_topics.Contains(topic)).ToList();
        if (missing.Count > 0)
        {
            await HoldingLockAsync(session, kafka.EnsureTopicsAsync(producer.Handle, missing), stop);
            _topics.UnionWith(missing);
        }

        var sending = rows.Select(row => SendAsync(producer, row)).ToList();
        try
        {
            await HoldingLockAsync(session, Task.WhenAll(sending), stop);
        }
        finally
        {
            var acknowledged = rows.Zip(sending).Where(sent => sent.Second.IsCompletedSuccessfully).Select(sent => sent.First.Id).ToArray();
            if (session.State == System.Data.ConnectionState.Open) await DeleteAsync(session, acknowledged);
        }
    }

    async Task SendAsync(IProducer<string, byte[]> producer, OutboxRow row)
    {
        using var span = MessagingTelemetry.StartPublish(row);
        await producer.ProduceAsync(row.Topic, new Message<string, byte[]>
        {
            Key = row.Key,
            Value = row.Body,
            Headers = CloudEvent.HeadersOf(row, _options.Service, span),
            Timestamp = new Timestamp(row.Time),
        });
        telemetry.Published(row, time.GetUtcNow());
    }

    /// <summary>Awaits the broker without letting the session look idle. Throws when the lock is lost, or when stopping takes the broker too long.</summary>
    async Task HoldingLockAsync(NpgsqlConnection session, Task broker, CancellationToken stop)
    {
        while (await Task.WhenAny(broker, Task.Delay(HeartBeat, CancellationToken.None)) != broker)
        {
            stop.ThrowIfCancellationRequested();
            await ExecuteAsync(session, "select 1", CancellationToken.None);
        }
        await broker;
    }

    async Task<List<OutboxRow>> ReadAsync(NpgsqlConnection session, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "select id, event_id, topic, type, key, body, time, traceparent, tracestate from outbox order by id limit $1", session);
        command.Parameters.AddWithValue(_options.RelayBatchSize);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var rows = new List<OutboxRow>();
        while (await reader.ReadAsync(stop))
            rows.Add(new OutboxRow(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5),
                reader.GetFieldValue<DateTimeOffset>(6), reader.IsDBNull(7) ? null : reader.GetString(7), reader.IsDBNull(8) ? null : reader.GetString(8)));
        return rows;
    }

    static async Task DeleteAsync(NpgsqlConnection session, long[] ids)
    {
        await using var command = new NpgsqlCommand("delete from outbox where id = any($1)", session);
        command.Parameters.AddWithValue(ids);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The session goes back to the pool, and may live on there, so it must not keep the lock.</summary>
    static async Task ReleaseAsync(NpgsqlConnection session)
    {
        try
        {
            if (session.State == System.Data.ConnectionState.Open)
                await ExecuteAsync(session, $"unlisten *; reset idle_session_timeout; reset synchronous_commit; select pg_advisory_unlock({LockId})", CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The session is gone, and the lock with it.
        }
    }

    static async Task ExecuteAsync(NpgsqlConnection session, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync(ct);
    }

    static async Task<T> ScalarAsync<T>(NpgsqlConnection session, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }
}
