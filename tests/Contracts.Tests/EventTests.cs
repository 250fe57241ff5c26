using System.Text.Json;
using Kampung.Messaging;
using NJsonSchema;

namespace Kampung.Contracts.Tests;

/// <summary>The schemas, and the code that has to keep to them. That what is published keeps its schema is checked where it is published, and by System.Tests.</summary>
public sealed class EventTests
{
    public static TheoryData<EventSchema> Schemas => [.. Village.Schemas];
    public static TheoryData<EventType> Heard => [.. Village.Heard];

    [Theory, MemberData(nameof(Schemas), DisableDiscoveryEnumeration = true)]
    public async Task A_schema_names_its_event_and_has_examples_that_it_allows(EventSchema schema)
    {
        var document = schema.Document;
        document.GetProperty("$id").GetString().ShouldBe($"https://kampung.dev/events/{schema.Topic}.v1.schema.json");
        document.GetProperty("title").GetString().ShouldBe(schema.Topic);
        schema.Description.ShouldEndWith($"ce_type kampung.{schema.Topic}.v1.");
        document.GetProperty("required").EnumerateArray().Select(name => name.GetString()).ShouldBeSubsetOf(Members(document));

        schema.Examples.ShouldNotBeEmpty();
        var validator = await JsonSchema.FromFileAsync(schema.File);
        foreach (var example in schema.Examples)
        {
            validator.Validate(example.GetRawText()).ShouldBeEmpty();
            example.EnumerateObject().Select(member => member.Name).ShouldBeSubsetOf(Members(document));
        }
        // Nothing is promised that no example shows.
        schema.Examples.SelectMany(example => example.EnumerateObject().Select(member => member.Name)).Distinct().ShouldBe(Members(document), ignoreOrder: true);
    }

    [Fact]
    public void Every_event_has_a_schema_and_one_publisher_which_the_schema_names()
    {
        Village.Published.Select(published => published.Topic).ShouldBe(Village.Schemas.Select(schema => schema.Topic), ignoreOrder: true);
        foreach (var schema in Village.Schemas)
            schema.Description.ShouldContain($"Published by {Village.Published.Single(published => published.Topic == schema.Topic).Service};");
    }

    [Theory, MemberData(nameof(Heard), DisableDiscoveryEnumeration = true)]
    public void Whoever_hears_an_event_can_read_its_examples(EventType heard)
    {
        var schema = Village.Schemas.Single(schema => schema.Topic == heard.Topic, $"{heard.Service} hears {heard.Topic}, which nobody promises");
        foreach (var example in schema.Examples)
        {
            var read = JsonSerializer.Deserialize(example, heard.Type, EventJson.Options).ShouldBeAssignableTo<IEvent>()!;
            // The key that the publisher uses: what is about one order stays in one order.
            example.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String).Select(member => member.Value.GetString())
                .ShouldContain($"{read.Subject}");
        }
    }

    static IEnumerable<string> Members(JsonElement schema) => schema.GetProperty("properties").EnumerateObject().Select(member => member.Name);
}

static class Singles
{
    /// <summary>The one that fits; otherwise the test fails for this reason.</summary>
    public static T Single<T>(this IEnumerable<T> items, Func<T, bool> fits, string reason)
    {
        T[] found = [.. items.Where(fits)];
        found.Length.ShouldBe(1, reason);
        return found[0];
    }
}
