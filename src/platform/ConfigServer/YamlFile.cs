using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kampung.ConfigServer;

/// <summary>Reads YAML into flat keys, as Spring does.</summary>
static partial class YamlFile
{
    // Aliases of aliases would make a small file huge, or endless.
    const int MaxValues = 20_000;
    const int MaxDepth = 64;

    /// <exception cref="ConfigFileException">It is not YAML, or not a mapping.</exception>
    public static IReadOnlyList<ConfigPart> Read(string file, string text)
    {
        var yaml = new YamlStream();
        var scanner = new Scanner(new StringReader(text));
        try
        {
            yaml.Load(new Parser(scanner));
        }
        catch (YamlException e)
        {
            throw new ConfigFileException(file, e.Start.Line, e.InnerException?.Message ?? e.Message);
        }
        // Some mistakes throw YamlDotNet itself off its feet.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            throw new ConfigFileException(file, scanner.CurrentPosition.Line, "this is not YAML");
        }

        var parts = new List<ConfigPart>();
        foreach (var document in yaml.Documents)
        {
            var values = new Dictionary<string, ConfigValue>();
            if (document.RootNode is YamlMappingNode root) Flatten(file, "", root, values, 0);
            else if (!IsEmpty(document.RootNode)) throw new ConfigFileException(file, document.RootNode.Start.Line, "a mapping is expected here");
            parts.Add(new ConfigPart(yaml.Documents.Count == 1 ? file : $"{file} (document #{parts.Count})", Condition(file, document.RootNode, values), values));
        }
        return parts;
    }

    static bool IsEmpty(YamlNode node) => node is YamlScalarNode { Value: null or "", Style: ScalarStyle.Plain or ScalarStyle.Any };

    static void Flatten(string file, string key, YamlNode node, Dictionary<string, ConfigValue> values, int depth)
    {
        if (depth > MaxDepth || values.Count > MaxValues)
            throw new ConfigFileException(file, node.Start.Line, $"more than {MaxDepth} levels or {MaxValues} values");
        switch (node)
        {
            case YamlMappingNode mapping:
                // What is merged in (<<) first, so that the mapping's own values win.
                foreach (var (name, value) in mapping.Children.OrderByDescending(child => IsMerge(child.Key)))
                    if (!IsMerge(name)) Flatten(file, Join(key, (name as YamlScalarNode)?.Value ?? name.ToString()), value, values, depth + 1);
                    else foreach (var merged in value is YamlSequenceNode many ? many.Children.Reverse() : [value]) Flatten(file, key, merged, values, depth + 1);
                break;
            case YamlSequenceNode { Children.Count: > 0 } sequence:
                for (var i = 0; i < sequence.Children.Count; i++) Flatten(file, $"{key}[{i}]", sequence.Children[i], values, depth + 1);
                break;
            case YamlScalarNode scalar:
                values[key] = Read(scalar);
                break;
            default:
                values[key] = new ConfigValue("", false); // an empty list, which Spring tells so
                break;
        }
    }

    static bool IsMerge(YamlNode name) => name is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain };

    // A name in brackets is taken as it is, dots and all: "[Microsoft.AspNetCore]": Debug
    static string Join(string key, string name) => key.Length == 0 || name.StartsWith('[') ? key + name : $"{key}.{name}";

    static ConfigValue Read(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any)) return new ConfigValue(text, false);
        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => new ConfigValue("", false),
            "true" or "True" or "TRUE" => new ConfigValue("true", true),
            "false" or "False" or "FALSE" => new ConfigValue("false", true),
            _ => new ConfigValue(text, JsonNumber().IsMatch(text)),
        };
    }

    static ProfileExpression? Condition(string file, YamlNode root, Dictionary<string, ConfigValue> values)
    {
        // spring.profiles is how it was written before Spring Boot 2.4.
        var written = values.Where(value => IsListOf("spring.config.activate.on-profile", value.Key) || IsListOf("spring.profiles", value.Key))
            .Select(value => value.Value.Text)
            .ToList();
        if (written.Count == 0) return null;
        try
        {
            return ProfileExpression.AnyOf(written);
        }
        catch (FormatException e)
        {
            throw new ConfigFileException(file, root.Start.Line, e.Message);
        }
    }

    static bool IsListOf(string name, string key) => key == name || key.StartsWith(name + "[", StringComparison.Ordinal);

    [GeneratedRegex(@"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$")]
    private static partial Regex JsonNumber();
}
