using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kampung.ConfigServer;

/// <summary>What holds after all sources are laid over each other, as one document.</summary>
static class Documents
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Json(IEnumerable<ConfigPart> sources) => Nest(Merge(sources)).ToJsonString(Indented);

    public static string Yaml(IEnumerable<ConfigPart> sources)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, Nest(Merge(sources)));
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    public static string Properties(IEnumerable<ConfigPart> sources)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in Merge(sources)) text.Append(Escape(key, isKey: true)).Append(": ").Append(Escape(value.Text, isKey: false)).Append('\n');
        return text.ToString();
    }

    // A list is taken whole from the highest source that has it.
    static SortedDictionary<string, ConfigValue> Merge(IEnumerable<ConfigPart> sources)
    {
        var merged = new SortedDictionary<string, ConfigValue>(StringComparer.Ordinal);
        var lists = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in sources)
        {
            var own = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (key, value) in part.Values)
            {
                var roots = ListsAround(key).ToList();
                own.UnionWith(roots);
                if (!roots.Exists(lists.Contains)) merged.TryAdd(key, value);
            }
            lists.UnionWith(own);
        }
        return merged;
    }

    static IEnumerable<string> ListsAround(string key)
    {
        for (var at = key.IndexOf('[', StringComparison.Ordinal); at >= 0; at = key.IndexOf('[', at + 1))
            if (at + 1 < key.Length && char.IsAsciiDigit(key[at + 1])) yield return key[..at];
    }

    static JsonObject Nest(SortedDictionary<string, ConfigValue> merged)
    {
        var root = new JsonObject();
        foreach (var (key, value) in merged) Put(root, Segments(key), value.ToJson());
        return (JsonObject)Lists(root)!;
    }

    // a.b[0].c is a, b, [0], c
    static List<string> Segments(string key)
    {
        var segments = new List<string>();
        foreach (var dotted in SplitOutsideBrackets(key))
        {
            var bracket = dotted.IndexOf('[', StringComparison.Ordinal);
            if (bracket < 0)
            {
                segments.Add(dotted);
                continue;
            }
            if (bracket > 0) segments.Add(dotted[..bracket]);
            foreach (var inside in dotted[bracket..].Split('[', StringSplitOptions.RemoveEmptyEntries))
                segments.Add(inside.TrimEnd(']') is var name && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"[{name}]" : name);
        }
        return segments;
    }

    static IEnumerable<string> SplitOutsideBrackets(string key)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < key.Length; i++)
        {
            depth += key[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (key[i] != '.' || depth > 0) continue;
            yield return key[start..i];
            start = i + 1;
        }
        yield return key[start..];
    }

    static void Put(JsonObject at, List<string> segments, JsonNode? value)
    {
        foreach (var segment in segments.SkipLast(1))
        {
            // A value stands where another source has a section: the section wins.
            if (at[segment] is not JsonObject inner) at[segment] = inner = [];
            at = inner;
        }
        if (at[segments[^1]] is not JsonObject) at[segments[^1]] = value;
    }

    static JsonNode? Lists(JsonNode? node)
    {
        if (node is not JsonObject tree) return node?.DeepClone();
        if (tree.Count > 0 && tree.All(member => member.Key is ['[', .., ']']))
            return new JsonArray([.. tree.OrderBy(member => int.Parse(member.Key[1..^1], CultureInfo.InvariantCulture)).Select(member => Lists(member.Value))]);
        return new JsonObject(tree.Select(member => KeyValuePair.Create(member.Key, Lists(member.Value))));
    }

    static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject tree:
                emitter.Emit(new MappingStart());
                foreach (var (key, value) in tree)
                {
                    emitter.Emit(new Scalar(key));
                    Emit(emitter, value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, SequenceStyle.Block));
                foreach (var item in list) Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.GetValue<string>(), ScalarStyle.DoubleQuoted, false, true));
                break;
            default:
                emitter.Emit(new Scalar(node?.ToJsonString() ?? ""));
                break;
        }
    }

    static string Escape(string text, bool isKey)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
            escaped.Append(c switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                ' ' or ':' or '=' or '#' or '!' when isKey => $"\\{c}",
                > '~' or < ' ' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        return escaped.ToString();
    }
}
