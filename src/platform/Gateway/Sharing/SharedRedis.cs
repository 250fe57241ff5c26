using StackExchange.Redis;

namespace Kampung.Gateway.Sharing;

/// <summary>
/// Redis (or Valkey), where <c>Redis:Configuration</c> names one: what all instances of the gateway share. It is a help, not a need: once a question to it fails, nobody
/// asks until it answers again, and each instance goes by what it knows itself. Both changes are logged, once each.
/// </summary>
sealed partial class SharedRedis(IConfiguration configuration, ILogger<SharedRedis> log) : BackgroundService
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(500);

    readonly ConfigurationOptions? options = configuration["Redis:Configuration"] is { Length: > 0 } text ? ConfigurationOptions.Parse(text) : null;
    ConnectionMultiplexer? connection;
    volatile State state;

    enum State
    {
        Unknown,
        There,
        Away,
    }

    public bool IsThere => state == State.There;

    /// <summary>It is there, for the first time or again: what was done meanwhile, it does not know.</summary>
    public event Func<Task>? Came;

    /// <returns>Whether it answered, and what.</returns>
    public async ValueTask<(bool Answered, T? Value)> Ask<T>(Func<IDatabase, Task<T>> ask)
    {
        if (!IsThere) return default;
        try
        {
            return (true, await ask(connection!.GetDatabase()).WaitAsync(Patience));
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Lost(e);
            return default;
        }
    }

    /// <summary>What is to be done here when another instance says so.</summary>
    public Task Listen(RedisChannel channel, Action heard) => connection!.GetSubscriber().SubscribeAsync(channel, (_, _) => heard());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options is null) return;
        // It connects again by itself, and what cannot be sent now is not kept for later.
        (options.AbortOnConnectFail, options.BacklogPolicy, options.ConnectRetry) = (false, BacklogPolicy.FailFast, 1);
        (options.ConnectTimeout, options.ReconnectRetryPolicy, options.ClientName) = (2000, new LinearRetry(500), "kampung-gateway");
        using var time = new PeriodicTimer(AskAgain);
        do
        {
            try
            {
                connection ??= await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(stoppingToken);
                await connection.GetDatabase().PingAsync().WaitAsync(Patience, stoppingToken);
                await Found();
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                Lost(e);
            }
        }
        while (await time.WaitForNextTickAsync(stoppingToken));
    }

    async Task Found()
    {
        if (IsThere) return;
        state = State.There;
        foreach (var listener in Came?.GetInvocationList().Cast<Func<Task>>() ?? []) await listener();
        LogThere(string.Join(", ", options!.EndPoints));
    }

    void Lost(Exception reason)
    {
        #pragma warning disable CS0420 // Interlocked reads it as volatile as it is
        if (Interlocked.Exchange(ref state, State.Away) != State.Away) LogAway(string.Join(", ", options!.EndPoints), reason.Message.Split('\n', ';')[0]);
#pragma warning restore CS0420
    }

    public override void Dispose()
    {
        connection?.Dispose();
        base.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Redis at {Endpoints} is there: limits and cache are shared by all instances")]
    partial void LogThere(string endpoints);

    [LoggerMessage(LogLevel.Warning, "Redis at {Endpoints} does not answer ({Reason}): limits and cache are each instance's own until it does")]
    partial void LogAway(string endpoints, string reason);
}
