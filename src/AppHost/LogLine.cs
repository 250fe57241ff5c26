using System.Globalization;
using System.Text.Json;

namespace Kampung.AppHost;

/// <summary>A line of a process's output: Serilog's compact JSON (@t time, @l level unless Information, @m message, @x exception), or plain text.</summary>
public sealed record LogLine(DateTimeOffset? Time, string? Level, string Message, string? Exception)
{
    public bool IsError => Level is "Error" or "Fatal" || Message.StartsWith("Unhandled exception", StringComparison.Ordinal) || Message.Contains("FATAL:", StringComparison.Ordinal);

    public static LogLine Parse(string line)
    {
        if (!line.StartsWith('{')) return new LogLine(null, null, line, null);
        try
        {
            using var json = JsonDocument.Parse(line);
            return new LogLine(
                Text(json, "@t") is { } time ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) : null,
                Text(json, "@l") ?? "Information", Text(json, "@m") ?? Text(json, "@mt") ?? line, Text(json, "@x"));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return new LogLine(null, null, line, null);
        }
    }

    public override string ToString() =>
        Level is null
            ? Message
            : $"{Time?.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {Level[..Math.Min(4, Level.Length)].ToUpperInvariant()} {Message}{(Exception is null ? "" : "\n" + Exception)}";

    /// <summary>The line that tells best why a process ended: its last error, else its last words.</summary>
    public static string? Reason(IEnumerable<string> lines)
    {
        var parsed = lines.Where(line => !string.IsNullOrWhiteSpace(line)).Select(Parse).ToList();
        if ((parsed.LastOrDefault(line => line.IsError) ?? parsed.LastOrDefault()) is not { } reason) return null;
        return reason.Exception is { } exception ? $"{reason.Message}: {exception.Split('\n')[0].Trim()}" : reason.Message;
    }

    static string? Text(JsonDocument json, string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
}
