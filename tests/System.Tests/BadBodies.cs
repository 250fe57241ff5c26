using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kampung.AppHost;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>
/// Every operation that takes a body, asked at its own service by somebody who may: past the gateway, which would refuse most of it itself. They are read from contracts/http,
/// so that a new one is covered by being there.
/// </summary>
[Collection(VillageCollection.Name)]
public sealed class BadBodies(VillageFixture village)
{
    const int TooLarge = 17 * 1024 * 1024; // more than even an import may have

    /// <param name="Content">The media type that it takes.</param>
    /// <param name="Schema">Of the body.</param>
    sealed record Operation(string Service, string Method, string Path, string Content, JsonElement Schema, JsonElement Document);

    static readonly IReadOnlyList<Operation> All =
    [
        .. from file in Directory.EnumerateFiles(Path.Combine(Repository.Find().Root, "contracts", "http"), "*.openapi.json").Order(StringComparer.Ordinal)
           let document = JsonDocument.Parse(File.ReadAllText(file)).RootElement
           from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           where operation.Value.TryGetProperty("requestBody", out _)
           from content in operation.Value.GetProperty("requestBody").GetProperty("content").EnumerateObject()
           select new Operation(
               Path.GetFileName(file)[..^".openapi.json".Length], operation.Name.ToUpperInvariant(), path.Name, content.Name, content.Value.GetProperty("schema"), document),
    ];

    public static TheoryData<string, string, string> Operations => [.. All.Select(operation => (operation.Service, operation.Method, operation.Path))];

    [Theory, MemberData(nameof(Operations))]
    public async Task A_body_that_no_client_should_send_is_refused_with_problem_details(string service, string method, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = village.Village.ClientOf(service).BaseAddress };
        foreach (var operation in All.Where(operation => (operation.Service, operation.Method, operation.Path) == (service, method, path)))
        {
            var token = await TokenOfWhoMayAsync(operation);
            foreach (var (what, body, status) in BadOnes(operation))
            {
                using var request = new HttpRequestMessage(new(method), path.Replace("{id}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(operation.Content);
                request.Headers.Authorization = new("Bearer", token);
                request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
                // What is too large is refused before it is sent.
                request.Headers.ExpectContinue = true;

                using var answer = await http.SendAsync(request);

                ((int)answer.StatusCode).ShouldBe(status, $"{method} {path} with {what}: {await answer.Content.ReadAsStringAsync()}");
                await answer.ShouldBeProblem(status);
            }
        }
        village.Village.LogOf(service).ShouldNotContain("An unhandled exception");
    }

    static IEnumerable<(string What, byte[] Body, int Status)> BadOnes(Operation operation)
    {
        yield return ("too much", new byte[TooLarge], 413);
        yield return ("bytes that are not UTF-8", operation.Content == "text/csv" ? [0xC3, 0x28, 0xFF] : [.. "{\""u8, .. Name(operation), .. "\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}"u8], 400);
        if (operation.Content != "application/json") yield break;
        yield return ("half an object", "{\"lines\": ["u8.ToArray(), 400);
        yield return ("a number", "17"u8.ToArray(), 400);
        yield return ("wrong types", JsonSerializer.SerializeToUtf8Bytes(Members(operation).ToDictionary(member => member.Name, member => WrongFor(member.Value, operation))), 400);
    }

    static byte[] Name(Operation operation) => Encoding.UTF8.GetBytes(Members(operation)[0].Name);

    static List<JsonProperty> Members(Operation operation) =>
        [.. Resolved(operation.Schema, operation).Single(schema => schema.TryGetProperty("properties", out _)).GetProperty("properties").EnumerateObject()];

    /// <summary>Nothing takes a boolean but what is one.</summary>
    static object WrongFor(JsonElement schema, Operation operation) =>
        Resolved(schema, operation).Any(one => one.TryGetProperty("type", out var type) && type.GetRawText().Contains("\"boolean\"", StringComparison.Ordinal)) ? 17 : true;

    /// <summary>The schema itself, or those that it refers to.</summary>
    static IEnumerable<JsonElement> Resolved(JsonElement schema, Operation operation)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return Resolved(operation.Document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]), operation);
        return schema.TryGetProperty("oneOf", out var any) ? any.EnumerateArray().SelectMany(one => Resolved(one, operation)) : [schema];
    }

    async Task<string> TokenOfWhoMayAsync(Operation operation)
    {
        var who = AccessTable.Read().Single(line => (line.Service, line.Method, line.Path) == (operation.Service, operation.Method, operation.Path)).Who;
        if (who.Contains("operator")) return await village.Village.Tokens.OperatorAsync();
        if (who.Contains("service")) return await village.ServiceTokenAsync();
        return await village.Village.Tokens.OfAsync($"{(await village.NewShopper()).Id}");
    }
}
