using System.Text;
using System.Text.Json;

namespace Kampung.ServiceDefaults.Configuration;

/// <summary>Turns Spring's property sources into .NET's settings: one value a key, <c>a.b[0]</c> as <c>a:b:0</c>.</summary>
static class PropertySources
{
    public static Dictionary<string, string?> Flatten(JsonElement environment)
    {
        var properties = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        // They come highest precedence first.
        foreach (var source in environment.GetProperty("propertySources").EnumerateArray().Reverse())
        {
            var own = source.GetProperty("source").EnumerateObject().ToList();
            // A list is taken whole from the highest source that has it, never mixed.
            foreach (var list in own.Select(property => ListAround(property.Name)).OfType<string>().Distinct().ToList())
                foreach (var replaced in properties.Keys.Where(key => key.StartsWith(list + "[", StringComparison.OrdinalIgnoreCase)).ToList())
                    properties.Remove(replaced);
            foreach (var property in own) properties[property.Name] = Text(property.Value);
        }
        return properties.ToDictionary(property => Key(property.Key), property => property.Value, StringComparer.OrdinalIgnoreCase);
    }

    // The outermost list that a key lies in: a.b of a.b[0].c[1]
    static string? ListAround(string key)
    {
        for (var at = key.IndexOf('[', StringComparison.Ordinal); at >= 0; at = key.IndexOf('[', at + 1))
            if (at + 1 < key.Length && char.IsAsciiDigit(key[at + 1])) return key[..at];
        return null;
    }

    static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    // Dots inside brackets belong to the name: Logging.LogLevel[Microsoft.AspNetCore]
    static string Key(string property)
    {
        var key = new StringBuilder(property.Length);
        var inBrackets = false;
        foreach (var c in property)
        {
            switch (c)
            {
                case '[':
                    inBrackets = true;
                    if (key.Length > 0) key.Append(':');
                    break;
                case ']':
                    inBrackets = false;
                    break;
                case '.' when !inBrackets:
                    key.Append(':');
                    break;
                default:
                    key.Append(c);
                    break;
            }
        }
        return key.ToString();
    }
}
