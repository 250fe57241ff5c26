using System.Globalization;
using System.Text.Json;

namespace Kampung.Gateway.Validation;

/// <summary>
/// Holds JSON against a schema in one pass over its bytes, without building anything from it. Reasons are told by field, such as <c>lines[0].quantity</c>, in the
/// words that the services use themselves.
/// </summary>
static class JsonCheck
{
    /// <summary>Deeper nesting than this is refused.</summary>
    public const int MaxDepth = 32;

    const int MaxErrors = 20;
    const string WrongType = "cannot be read: it has the wrong type or format";

    /// <exception cref="JsonException">It is no JSON, or nested too deeply.</exception>
    public static Dictionary<string, string[]> Check(ReadOnlySpan<byte> json, Schema schema)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        var errors = new Dictionary<string, string[]>();
        reader.Read();
        Value(ref reader, schema, "", errors);
        while (reader.Read())
        {
            // Whatever follows is no JSON, and the reader says so.
        }
        return errors;
    }

    /// <summary>Whether text, such as a parameter's, can be read as a value of this schema.</summary>
    public static bool IsValid(string text, Schema schema)
    {
        schema = schema.Inner;
        if (schema.Allows(JsonTypes.String)) return IsString(text, schema);
        if (schema.Allows(JsonTypes.Boolean)) return bool.TryParse(text, out _);
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && IsNumber(number, schema);
    }

    static void Value(ref Utf8JsonReader reader, Schema schema, string path, Dictionary<string, string[]> errors)
    {
        var type = TypeOf(reader.TokenType);
        var fits = schema.Allows(type) || (type == JsonTypes.Number && schema.Allows(JsonTypes.Integer));
        var inner = schema.Inner;
        if (!fits)
        {
            Add(errors, path, WrongType);
            reader.Skip();
            return;
        }
        switch (type)
        {
            case JsonTypes.Object:
                Object(ref reader, inner, path, errors);
                break;
            case JsonTypes.Array:
                for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                    if (inner.Items is { } items) Value(ref reader, items, $"{path}[{i}]", errors);
                    else reader.Skip();
                break;
            case JsonTypes.String when !IsWellFormed(ref reader, out var text) || !IsString(text, inner):
            case JsonTypes.Number when !reader.TryGetDecimal(out var number) || !IsNumber(number, inner):
                Add(errors, path, WrongType);
                break;
        }
    }

    static void Object(ref Utf8JsonReader reader, Schema schema, string path, Dictionary<string, string[]> errors)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (!IsWellFormed(ref reader, out var name))
            {
                Add(errors, path, WrongType);
                name = "";
            }
            reader.Read();
            var known = schema.Properties.GetValueOrDefault(name) ?? schema.AdditionalProperties;
            // Two readers may disagree on which of two counts.
            if (!seen.Add(name) && known is not null) Add(errors, Join(path, name), "is there more than once");
            if (known is not null) Value(ref reader, known, Join(path, name), errors);
            else reader.Skip();
        }
        foreach (var required in schema.Required)
            if (!seen.Contains(required)) Add(errors, Join(path, required), "is required");
    }

    // Half of a surrogate pair can be written in JSON, and is no text.
    static bool IsWellFormed(ref Utf8JsonReader reader, out string text)
    {
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    static bool IsString(string text, Schema schema) =>
        (schema.Enum is null || schema.Enum.Contains(text, StringComparer.OrdinalIgnoreCase))
        && (schema.Pattern is null || schema.Pattern.IsMatch(text))
        && schema.Format switch
        {
            "uuid" => Guid.TryParse(text, out _),
            "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            _ => true,
        };

    static bool IsNumber(decimal number, Schema schema) =>
        (schema.Allows(JsonTypes.Number) || number == decimal.Truncate(number))
        && !(number < schema.Minimum) && !(number > schema.Maximum)
        && schema.Format switch
        {
            "int32" => number is >= int.MinValue and <= int.MaxValue,
            "int64" => number is >= long.MinValue and <= long.MaxValue,
            _ => true,
        };

    static JsonTypes TypeOf(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => JsonTypes.Object,
        JsonTokenType.StartArray => JsonTypes.Array,
        JsonTokenType.String => JsonTypes.String,
        JsonTokenType.Number => JsonTypes.Number,
        JsonTokenType.True or JsonTokenType.False => JsonTypes.Boolean,
        _ => JsonTypes.Null,
    };

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    static void Add(Dictionary<string, string[]> errors, string path, string reason)
    {
        if (errors.Count < MaxErrors) errors.TryAdd(path, [reason]);
    }
}
