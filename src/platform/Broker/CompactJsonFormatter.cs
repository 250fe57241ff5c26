using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Kampung.Broker;

/// <summary>One JSON line an event, in the form all processes of the village log in: @t time, @l level (unless information), @m message, @x exception.</summary>
internal sealed class CompactJsonFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "compact-json";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("@t", DateTime.UtcNow);
            json.WriteString("@m", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.LogLevel != LogLevel.Information) json.WriteString("@l", logEntry.LogLevel.ToString());
            if (logEntry.Exception is not null) json.WriteString("@x", logEntry.Exception.ToString());
            json.WriteString("SourceContext", logEntry.Category);
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
    }
}
