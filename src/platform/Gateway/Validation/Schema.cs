using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kampung.Gateway.Validation;

/// <summary>What a value may be.</summary>
[Flags]
enum JsonTypes
{
    None = 0,
    Object = 1,
    Array = 2,
    String = 4,
    Integer = 8,
    Number = 16,
    Boolean = 32,
    Null = 64,
    Any = 127,
}

/// <summary>
/// A JSON Schema (2020-12), as far as the services' OpenAPI documents use it: types, properties, required, items, additionalProperties, enum, format, pattern,
/// minimum, maximum, $ref, and oneOf of null and another schema. Any other keyword is refused when the document is read, so that none is passed over.
/// </summary>
sealed class Schema
{
    static readonly string[] Annotations = ["description", "default", "title", "example", "examples", "readOnly", "writeOnly", "deprecated"];

    public JsonTypes Types { get; private set; } = JsonTypes.Any;

    /// <summary>By name in any case, as the services read them.</summary>
    public Dictionary<string, Schema> Properties { get; } = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> Required { get; private set; } = [];
    public Schema? Items { get; private set; }
    public Schema? AdditionalProperties { get; private set; }
    public IReadOnlyList<string>? Enum { get; private set; }
    public string? Format { get; private set; }
    public Regex? Pattern { get; private set; }
    public decimal? Minimum { get; private set; }
    public decimal? Maximum { get; private set; }

    /// <param name="json">The schema.</param>
    /// <param name="find">Finds the schema that a $ref names; it may not be read yet.</param>
    /// <exception cref="NotSupportedException">It has a keyword that is not known here.</exception>
    public Schema Read(JsonElement json, Func<string, Schema> find)
    {
        if (json.ValueKind == JsonValueKind.True)
            return this;
        foreach (var keyword in json.EnumerateObject())
            Read(keyword.Name, keyword.Value, find);
        if (Enum is not null && Types == JsonTypes.Any) Types = JsonTypes.String;
        return this;
    }

    public static Schema Of(JsonElement json, Func<string, Schema> find)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("$ref", out var reference))
            return find(reference.GetString()!);
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("oneOf", out var oneOf) && oneOf.EnumerateArray().Where(choice => !IsNull(choice)).ToList() is [var only])
            return new Schema { orNull = Of(only, find) };
        return new Schema().Read(json, find);
    }

    // A schema that may also be null; it is looked through late, since the other one may not be read yet.
    Schema? orNull;

    /// <summary>The schema that counts for a value that is not null.</summary>
    public Schema Inner => orNull?.Inner ?? this;

    public bool Allows(JsonTypes type) => orNull is null ? (Types & type) != 0 : type == JsonTypes.Null || orNull.Allows(type);

    void Read(string keyword, JsonElement value, Func<string, Schema> find)
    {
        switch (keyword)
        {
            case "type":
                Types = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Aggregate(JsonTypes.None, (all, one) => all | TypeOf(one)) : TypeOf(value);
                break;
            case "properties":
                foreach (var property in value.EnumerateObject()) Properties[property.Name] = Of(property.Value, find);
                break;
            case "required":
                Required = [.. value.EnumerateArray().Select(name => name.GetString()!)];
                break;
            case "items":
                Items = Of(value, find);
                break;
            case "additionalProperties":
                AdditionalProperties = Of(value, find);
                break;
            case "enum":
                Enum = [.. value.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)];
                break;
            case "format":
                Format = value.GetString();
                break;
            case "pattern":
                Pattern = new Regex(value.GetString()!, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
                break;
            case "minimum":
                Minimum = value.GetDecimal();
                break;
            case "maximum":
                Maximum = value.GetDecimal();
                break;
            case var _ when Annotations.Contains(keyword):
                break;
            default:
                throw new NotSupportedException($"The keyword {keyword} is not known to the gateway's validation.");
        }
    }

    static bool IsNull(JsonElement schema) => schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "null";

    static JsonTypes TypeOf(JsonElement type) => type.GetString() switch
    {
        "object" => JsonTypes.Object,
        "array" => JsonTypes.Array,
        "string" => JsonTypes.String,
        "integer" => JsonTypes.Integer,
        "number" => JsonTypes.Number,
        "boolean" => JsonTypes.Boolean,
        "null" => JsonTypes.Null,
        var other => throw new NotSupportedException($"The type {other} is not known to the gateway's validation."),
    };
}
