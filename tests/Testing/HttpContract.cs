using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kampung.AppHost;
using Shouldly;

namespace Kampung.Testing;

/// <summary>
/// A service's HTTP API is a public promise, so its OpenAPI document is checked in under contracts/http. A change of the API shows as a change of that file:
/// run the test with KAMPUNG_UPDATE_CONTRACTS=1 to write it, and look at the difference.
/// </summary>
public static class HttpContract
{
    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task ShouldKeepItsContract(this ServiceProcess process, string service)
    {
        var document = JsonNode.Parse(await process.Client.GetStringAsync("/openapi/v1.json"))!.AsObject();
        document.Remove("servers");   // where it happens to listen
        var actual = Sorted(document)!.ToJsonString(Readable) + "\n";
        var file = Path.Combine(Repository.Find().Root, "contracts", "http", $"{service}.openapi.json");

        if (Environment.GetEnvironmentVariable("KAMPUNG_UPDATE_CONTRACTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, actual);
        }
        File.Exists(file).ShouldBeTrue($"contracts/http/{service}.openapi.json is missing; KAMPUNG_UPDATE_CONTRACTS=1 dotnet test writes it.");
        actual.ShouldBe(await File.ReadAllTextAsync(file), $"The API of {service} is not what contracts/http says; KAMPUNG_UPDATE_CONTRACTS=1 dotnet test writes it anew.");
    }

    /// <summary>The same document always reads the same, in whatever order the framework writes it.</summary>
    static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
