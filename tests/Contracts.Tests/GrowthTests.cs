using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kampung.Contracts.Tests;

/// <summary>A schema may only grow.</summary>
public sealed class GrowthTests
{
    const string Released = """
        {
          "title": "meal-prepared", "type": "object", "required": ["orderId", "kind"],
          "properties": {
            "orderId": { "type": "string", "format": "uuid" },
            "kind": { "type": "string", "enum": ["hot", "cold"] },
            "note": { "type": ["string", "null"] },
            "lines": { "type": "array", "items": { "type": "object", "required": ["quantity"], "properties": { "quantity": { "type": "integer", "minimum": 1 } } } }
          }
        }
        """;

    public static TheoryData<EventSchema> ReleasedSchemas => [.. Village.Released];

    [Theory, MemberData(nameof(ReleasedSchemas), DisableDiscoveryEnumeration = true)]
    public void No_schema_breaks_the_released_one(EventSchema released) =>
        Growth.Breaks(released.Document, Village.Schemas.Single(schema => schema.Topic == released.Topic, $"{released.Topic} was released and is gone").Document).ShouldBeEmpty();

    [Fact]
    public void Every_schema_is_released_so_that_it_may_only_grow() =>
        Village.Schemas.Select(schema => schema.Topic).Except(Village.Released.Select(schema => schema.Topic))
            .ShouldBeEmpty("Each schema of contracts/events needs its twin in contracts/released/events from the beginning: copy it there.");

    [Theory]
    [InlineData("properties.lines.items.properties.taste", """{ "type": "string" }""")]
    [InlineData("properties.flow", """{ "type": "string", "enum": ["orchestrated"] }""")]
    [InlineData("properties.kind.enum", """["hot", "cold", "frozen"]""")]
    [InlineData("properties.note.type", """["null", "string"]""")]
    [InlineData("description", "\"better said\"")]
    [InlineData("examples", "[{}]")]
    public void Growing_is_allowed(string path, string value) => Growth.Breaks(Parse(Released), With(path, value)).ShouldBeEmpty();

    [Theory]
    [InlineData("properties.note", null, "$.note is gone")]
    [InlineData("properties.lines.items.properties.quantity", null, "$.lines[].quantity is gone")]
    [InlineData("required", """["orderId"]""", "$.kind is no longer always there")]
    [InlineData("required", """["orderId", "kind", "note"]""", "$.note is required, and was not in older events")]
    [InlineData("properties.kind.enum", """["hot"]""", "$.kind cannot be cold any more")]
    [InlineData("properties.kind.enum", null, "$.kind cannot be hot any more")]
    [InlineData("properties.note.enum", """["a"]""", "$.note could be anything and is an enumeration")]
    [InlineData("properties.orderId.format", null, "$.orderId has another format: none instead of \"uuid\"")]
    [InlineData("properties.orderId.type", "\"integer\"", "$.orderId has another type: \"integer\" instead of \"string\"")]
    [InlineData("properties.lines.items.properties.quantity.minimum", "0", "$.lines[].quantity has another minimum: 0 instead of 1")]
    [InlineData("additionalProperties", "false", "$ has another additionalProperties: false instead of none")]
    public void Whatever_breaks_somebody_is_found(string path, string? value, string found) =>
        Growth.Breaks(Parse(Released), With(path, value)).ShouldContain(found);

    static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    /// <summary>The released schema with one place changed, or taken away.</summary>
    static JsonElement With(string path, string? value)
    {
        var document = JsonNode.Parse(Released)!;
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(document, (node, part) => node[part]!).AsObject();
        if (value is null) parent.Remove(parts[^1]);
        else parent[parts[^1]] = JsonNode.Parse(value);
        return Parse(document.ToJsonString());
    }
}
