using System.Globalization;
using System.Text;

namespace Kampung.ConfigServer;

/// <summary>Reads Java's properties: <c>key=value</c>, <c>key: value</c>, comments with # or !, continuation by a backslash, \uXXXX.</summary>
static class PropertiesFile
{
    /// <exception cref="ConfigFileException">An escape is not one.</exception>
    public static IReadOnlyList<ConfigPart> Read(string file, string text)
    {
        var values = new Dictionary<string, ConfigValue>();
        var (start, logical) = (1, "");
        var number = 0;
        foreach (var physical in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            var line = physical.TrimStart(' ', '\t', '\f');
            if (logical.Length == 0)
            {
                if (line.Length == 0 || line[0] is '#' or '!') continue;
                start = number;
            }
            var continues = line.Length - line.TrimEnd('\\').Length is var slashes && slashes % 2 == 1;
            logical += continues ? line[..^1] : line;
            if (continues) continue;
            Add(file, start, logical, values);
            logical = "";
        }
        if (logical.Length > 0) Add(file, start, logical, values);
        return [new ConfigPart(file, null, values)];
    }

    static void Add(string file, int number, string line, Dictionary<string, ConfigValue> values)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t')) end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);
        var rest = line[end..].TrimStart();
        if (rest.StartsWith('=') || rest.StartsWith(':')) rest = rest[1..].TrimStart();
        values[Unescape(file, number, line[..end])] = new ConfigValue(Unescape(file, number, rest), false);
    }

    static string Unescape(string file, int number, string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || ++i == text.Length)
            {
                if (i < text.Length) plain.Append(text[i]);
                continue;
            }
            if (text[i] != 'u')
            {
                plain.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'f' => '\f', var other => other });
                continue;
            }
            if (i + 4 >= text.Length || !ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                throw new ConfigFileException(file, number, "\\u is not followed by four hexadecimal digits");
            plain.Append((char)unit);
            i += 4;
        }
        return plain.ToString();
    }
}
