using System.Collections.Concurrent;
using Kampung.Messaging.Host;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kampung.Messaging.Tests;

/// <summary>A process without a database.</summary>
public sealed class ListenerTests(TestPostgres postgres) : MessagingTest(postgres)
{
    [Fact]
    public async Task Every_instance_hears_every_event_from_now_on_and_goes_on_after_a_failure()
    {
        var service = await StartAsync();
        Guid before = Guid.CreateVersion7(), after = Guid.CreateVersion7();
        await PublishAsync(service, new NoteWritten(before, 1));
        await Eventually.Is(async () => (await EffectsAsync(before)).Length == 1);

        await using var first = await Listener.StartAsync(Broker.BootstrapServers);
        await using var second = await Listener.StartAsync(Broker.BootstrapServers);
        await Eventually.Is(() => first.Listening && second.Listening);
        await PublishAsync(service, new NoteWritten(after, 1), new NoteWritten(after, 2));
        await ProduceAsync(after.ToString(), "garbage"u8.ToArray());
        await PublishAsync(service, new NoteWritten(after, 3));

        await Eventually.Is(() => first.Heard.Count == 3 && second.Heard.Count == 3);
        first.Heard.ShouldBe([1, 2, 3]);
        second.Heard.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task It_waits_for_a_broker_that_is_away_and_misses_nothing_while_the_broker_restarts()
    {
        var service = await StartAsync();
        var note = Guid.CreateVersion7();
        await using var listener = await Listener.StartAsync(Broker.BootstrapServers);
        await Eventually.Is(() => listener.Listening);
        await PublishAsync(service, new NoteWritten(note, 1));
        await Eventually.Is(() => listener.Heard.Count == 1);

        await Broker.KillAsync();
        await PublishAsync(service, new NoteWritten(note, 2), new NoteWritten(note, 3));
        await Broker.StartAgainAsync();

        await Eventually.Is(() => listener.Heard.Count == 3);
        listener.Heard.ShouldBe([1, 2, 3]);
    }

    sealed class Listener(IHost host) : ILoggerProvider, ILogger, IAsyncDisposable
    {
        public ConcurrentQueue<int> Heard { get; } = [];
        public bool Listening { get; private set; }

        public static async Task<Listener> StartAsync(string bootstrapServers)
        {
            var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "board" });
            builder.Configuration.AddInMemoryCollection([new("Kafka:BootstrapServers", bootstrapServers)]);
            Listener listener = null!;
            builder.AddListener(events => events.On<NoteWritten>((note, _) =>
            {
                listener.Heard.Enqueue(note.Number);
                return note.Number == 2 ? throw new InvalidOperationException("not this one") : Task.CompletedTask;
            }));
            var host = builder.Build();
            listener = new Listener(host);
            ((ILoggerFactory)host.Services.GetService(typeof(ILoggerFactory))!).AddProvider(listener);
            await host.StartAsync();
            return listener;
        }

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Listening |= formatter(state, exception).StartsWith("board listens to", StringComparison.Ordinal);

        public void Dispose()
        {
        }

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
