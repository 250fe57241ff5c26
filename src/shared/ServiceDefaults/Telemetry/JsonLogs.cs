using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Compact;

namespace Kampung.ServiceDefaults.Telemetry;

static class JsonLogs
{
    /// <summary>Logs go to stdout, a JSON object a line (Serilog's compact form); levels come from <c>Logging:LogLevel</c>, also while running.</summary>
    public static void AddJsonLogs(this WebApplicationBuilder builder)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .Enrich.WithProperty("service", builder.Environment.ApplicationName)
            .WriteTo.Sink(new StandardOutput())
            .CreateLogger();
        builder.Logging.ClearProviders();
        // Not AddSerilog, which would let every level through whatever Logging:LogLevel says; and not AddProvider, whose provider nobody disposes: the last lines would be lost.
        builder.Services.AddSingleton<ILoggerProvider>(_ => new SerilogLoggerProvider(logger, dispose: true));
        // Serilog takes the trace and span ids from the activity itself.
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None);
    }

    /// <summary>
    /// Writes the lines of a moment with one system call, instead of one a line under a lock. Serilog's own batching looks for lines twenty times a second also when there are none,
    /// which in a dozen idle processes is a tenth of a processor.
    /// </summary>
    sealed class StandardOutput : ILogEventSink, IDisposable
    {
        const int QueueLimit = 50_000;

        static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50), PatienceOfLeaving = TimeSpan.FromSeconds(5);

        readonly Stream stdout = Console.OpenStandardOutput();
        readonly RenderedCompactJsonFormatter formatter = new();
        // Whoever logs more than can be written loses lines rather than memory.
        readonly Channel<LogEvent> queue = Channel.CreateBounded<LogEvent>(new BoundedChannelOptions(QueueLimit) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
        readonly CancellationTokenSource leaving = new();
        readonly Task writing;

        public StandardOutput() => writing = Task.Run(WriteAsync);

        public void Emit(LogEvent logEvent) => queue.Writer.TryWrite(logEvent);

        async Task WriteAsync()
        {
            var lines = new StringBuilder();
            while (await queue.Reader.WaitToReadAsync())
            {
                await Task.Delay(Moment, leaving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                try
                {
                    lines.Clear();
                    using var writer = new StringWriter(lines);
                    while (queue.Reader.TryRead(out var logEvent)) formatter.Format(logEvent, writer);
                    await stdout.WriteAsync(Encoding.UTF8.GetBytes(lines.ToString()));
                }
                catch (Exception e)
                {
                    // Nobody reads any more, perhaps. A process is not worth less for that.
                    SelfLog.WriteLine("Lines are lost: {0}", e);
                }
            }
        }

        public void Dispose()
        {
            queue.Writer.TryComplete();
            leaving.Cancel();
            writing.Wait(PatienceOfLeaving);
            leaving.Dispose();
        }
    }
}
