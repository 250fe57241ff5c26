using System.Text.Json;

namespace Kampung.Contracts.Tests;

/// <summary>
/// Whether a schema only grew. Two sides must go on working: who still has the released schema and reads what is published now, and who has the new one and reads what
/// is still in the topics from before. So members may be added, as optional ones, and an enumeration may get values; everything else stays.
/// </summary>
static class Growth
{
    static readonly string[] Described = ["$schema", "$id", "title", "description", "examples"], Compared = ["properties", "required", "enum", "items"];

    /// <returns>What would break somebody, each with where it is.</returns>
    public static IEnumerable<string> Breaks(JsonElement released, JsonElement now, string at = "$")
    {
        var gone = Keys(released, "properties").Except(Keys(now, "properties"));
        foreach (var member in gone) yield return $"{at}.{member} is gone";

        foreach (var member in Required(released).Except(Required(now))) yield return $"{at}.{member} is no longer always there";
        foreach (var member in Required(now).Except(Required(released))) yield return $"{at}.{member} is required, and was not in older events";

        foreach (var value in Values(released, "enum").Except(Values(now, "enum"))) yield return $"{at} cannot be {value} any more";
        if (Values(now, "enum").Any() && !Values(released, "enum").Any()) yield return $"{at} could be anything and is an enumeration";

        // Everything else (type, format, pattern, minimum…) says what a value is like, and that stays.
        foreach (var keyword in Others(released).Union(Others(now)))
        {
            var (before, after) = (Text(released, keyword), Text(now, keyword));
            if (before != after) yield return $"{at} has another {keyword}: {after ?? "none"} instead of {before ?? "none"}";
        }

        foreach (var member in Keys(released, "properties").Intersect(Keys(now, "properties")))
            foreach (var broken in Breaks(released.GetProperty("properties").GetProperty(member), now.GetProperty("properties").GetProperty(member), $"{at}.{member}"))
                yield return broken;
        if (released.TryGetProperty("items", out var itemsBefore) && now.TryGetProperty("items", out var items))
            foreach (var broken in Breaks(itemsBefore, items, $"{at}[]"))
                yield return broken;
    }

    static IEnumerable<string> Others(JsonElement schema) => schema.EnumerateObject().Select(keyword => keyword.Name).Except(Described).Except(Compared);

    static IEnumerable<string> Keys(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var members) ? members.EnumerateObject().Select(member => member.Name) : [];

    static IEnumerable<string> Required(JsonElement schema) => Values(schema, "required");

    static IEnumerable<string> Values(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out var values) ? values.EnumerateArray().Select(value => value.ToString()) : [];

    // A list of types means the same in any order and layout.
    static string? Text(JsonElement schema, string keyword) => !schema.TryGetProperty(keyword, out var value) ? null
        : value.ValueKind == JsonValueKind.Array ? string.Join(", ", value.EnumerateArray().Select(item => item.ToString()).Order(StringComparer.Ordinal))
        : JsonSerializer.Serialize(value);
}
