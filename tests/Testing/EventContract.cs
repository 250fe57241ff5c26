using System.Collections.Concurrent;
using Kampung.AppHost;
using NJsonSchema;
using Shouldly;

namespace Kampung.Testing;

/// <summary>An event is a public promise: contracts/events has a JSON Schema of each type, and what is published must keep it.</summary>
public static class EventContract
{
    static readonly ConcurrentDictionary<string, Task<JsonSchema>> Schemas = [];

    /// <summary>The event is what its schema says, and says nothing that the schema does not mention.</summary>
    public static async Task ShouldKeepItsContract(this ReadEvent read)
    {
        var name = read.Headers["ce_type"]["kampung.".Length..read.Headers["ce_type"].LastIndexOf('.')];
        var schema = await Schemas.GetOrAdd(name, name => JsonSchema.FromFileAsync(Path.Combine(Repository.Find().Root, "contracts", "events", $"{name}.schema.json")));
        schema.Validate(read.Body.GetRawText()).Select(error => $"{error.Path}: {error.Kind}").ShouldBeEmpty(name);
        read.Body.EnumerateObject().Select(member => member.Name).ShouldBeSubsetOf(schema.Properties.Keys, name);
    }
}
