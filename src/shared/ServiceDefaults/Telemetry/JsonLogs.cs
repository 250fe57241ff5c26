using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Configuration;
using Serilog.Core;
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
            .WriteTo.Sink(new StandardOutput(), new BatchingOptions
            {
                EagerlyEmitFirstEvent = true,
                BatchSizeLimit = 500,
                BufferingTimeLimit = TimeSpan.FromMilliseconds(50),
                QueueLimit = 50_000,
            })
            .CreateLogger();
        builder.Logging.ClearProviders();
        // Not AddSerilog, which would let every level through whatever Logging:LogLevel says; and not AddProvider, whose provider nobody disposes: the last lines would be lost.
        builder.Services.AddSingleton<ILoggerProvider>(_ => new SerilogLoggerProvider(logger, dispose: true));
        // Serilog takes the trace and span ids from the activity itself.
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None);
    }

    /// <summary>Writes a batch of lines with one system call, instead of one a line under a lock.</summary>
    sealed class StandardOutput : IBatchedLogEventSink
    {
        readonly Stream stdout = Console.OpenStandardOutput();
        readonly RenderedCompactJsonFormatter formatter = new();
        readonly StringBuilder lines = new();

        public async Task EmitBatchAsync(IReadOnlyCollection<LogEvent> batch)
        {
            lines.Clear();
            using var writer = new StringWriter(lines);
            foreach (var logEvent in batch) formatter.Format(logEvent, writer);
            await stdout.WriteAsync(Encoding.UTF8.GetBytes(lines.ToString()));
            await stdout.FlushAsync();
        }
    }
}
