using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kampung.Messaging.Host;
using Kampung.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Kampung.Messaging.Tests;

/// <summary>One trace across the broker, and the figures beside it.</summary>
public sealed class TraceTests(TestPostgres postgres) : MessagingTest(postgres)
{
    [Fact]
    public async Task A_trace_goes_from_the_publisher_through_the_broker_into_the_handler_and_what_it_publishes()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Kampung.Messaging" or "test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("test");
        var service = await StartAsync();
        var note = Guid.CreateVersion7();

        using var root = source.StartActivity("order");
        root!.TraceStateString = "village=1";
        await PublishAsync(service, new NoteWritten(note, 1, Echo: true));

        List<Activity> Trace() => [.. spans.Where(span => span.TraceId == root.TraceId)];
        await Eventually.Is(() => Trace().Count == 4);
        var published = Trace().Single(span => span.OperationName == "note-written publish");
        var processed = Trace().Single(span => span.OperationName == "note-written process");
        var echoed = Trace().Single(span => span.OperationName == "note-echoed publish");
        var echoProcessed = Trace().Single(span => span.OperationName == "note-echoed process");
        published.Kind.ShouldBe(ActivityKind.Producer);
        processed.Kind.ShouldBe(ActivityKind.Consumer);
        published.ParentSpanId.ShouldBe(root.SpanId);
        processed.ParentSpanId.ShouldBe(published.SpanId);
        echoed.ParentSpanId.ShouldBe(processed.SpanId);
        echoProcessed.ParentSpanId.ShouldBe(echoed.SpanId);
        echoProcessed.TraceStateString.ShouldBe("village=1");
        published.GetTagItem("messaging.system").ShouldBe("kafka");
        published.GetTagItem("messaging.destination.name").ShouldBe("note-written");
        processed.GetTagItem("messaging.consumer.group.name").ShouldBe("notes-service");
        processed.GetTagItem("messaging.message.id").ShouldBe(published.GetTagItem("messaging.message.id"));
    }

    [Fact]
    public async Task A_trace_crosses_the_broker_when_nobody_listens_to_messaging()
    {
        var service = await StartAsync();
        var note = Guid.CreateVersion7();
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await PublishAsync(service, new NoteWritten(note, 1));
        await Eventually.Is(async () => await OutboxAsync() == 0);

        var record = ReadTopic("note-written").ShouldHaveSingleItem();
        record.Message.Headers.TryGetLastBytes("traceparent", out var traceparent).ShouldBeTrue();
        System.Text.Encoding.ASCII.GetString(traceparent).ShouldContain(request.TraceId.ToString());
    }

    [Fact]
    public async Task What_is_handled_fails_parks_and_dies_is_counted()
    {
        var counts = new ConcurrentDictionary<string, double>();
        var service = await StartAsync("Messaging:MaxAttempts=4", "Messaging:ParkedPoll=00:00:00.2");
        var mine = service.Services.GetRequiredService<IMeterFactory>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Kampung.Messaging" && instrument.Meter.Scope == mine) listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => counts.AddOrUpdate(instrument.Name, value, (_, sum) => instrument is ObservableGauge<long> ? value : sum + value));
        meters.SetMeasurementEventCallback<double>((instrument, value, _, _) => counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        meters.Start();
        Guid good = Guid.CreateVersion7(), bad = Guid.CreateVersion7();
        await TroubleAsync(bad, 1, "fails");

        await PublishAsync(service, new NoteWritten(good, 1));
        await Eventually.Is(async () => (await EffectsAsync(good)).Length == 1);
        await PublishAsync(service, new NoteWritten(bad, 1));

        await Eventually.Is(() =>
        {
            meters.RecordObservableInstruments();
            return counts.GetValueOrDefault("kampung.messaging.dead_letters.depth") == 1;
        });
        counts["kampung.messaging.handled"].ShouldBe(1);
        counts["kampung.messaging.failed"].ShouldBe(4);
        counts["kampung.messaging.parked"].ShouldBe(1);
        counts["kampung.messaging.dead_lettered"].ShouldBe(1);
        counts["kampung.messaging.publish.lag"].ShouldBeGreaterThan(0);
        counts.ShouldContainKey("kampung.messaging.outbox.depth");
    }
}
