using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kampung.AppHost;
using Shouldly;

namespace Kampung.Testing;

/// <summary>A line of contracts/access.md.</summary>
/// <param name="Who">Roles; none: everybody, also without a token.</param>
/// <param name="OfWhich">What of it they may have.</param>
public sealed partial record Access(string Service, string Method, string Path, IReadOnlyList<string> Who, string OfWhich)
{
    public static IReadOnlyList<string> Roles { get; } = ["customer", "merchant", "kitchen", "rider", "operator", "service"];

    public bool IsOpen => Who.Count == 0;

    public bool IsInside => OfWhich == "inside";

    /// <summary>Those who may have their own only; operators and services are not among them.</summary>
    public IReadOnlyList<string> Owners => OwnWords().IsMatch(OfWhich) ? [.. Who.Except(["operator", "service"])] : [];

    /// <summary>A request that gets as far as its sender may, and no further: about nothing that exists, with a body that says nothing.</summary>
    public HttpRequestMessage Request(string? token, string prefix = "")
    {
        var path = Regex.Replace(Path, @"\{[^}]+\}", parameter => parameter.Value == "{name}" ? "nothing" : "0190f3a0-0000-7000-8000-000000000000");
        var request = new HttpRequestMessage(new(Method), prefix + path);
        // A body of another kind is refused before it is asked who sends it.
        if (Method is "POST" or "PUT") request.Content = new StringContent("{}", Encoding.UTF8, Path == "/products/import" ? "text/csv" : "application/json");
        return request.With(token);
    }

    public override string ToString() => $"{Service} {Method} {Path}";

    [GeneratedRegex(@"\b(own|oneself)\b")]
    private static partial Regex OwnWords();
}

/// <summary>What is somebody's, for <see cref="AccessTable.ShouldBeGuarded"/> to ask for as somebody else.</summary>
/// <param name="Owner">A token of whose it is.</param>
/// <param name="Each">One for each line of the table that lets people have only their own.</param>
public sealed record Belongings(string Owner, params IReadOnlyList<Belonging> Each);

/// <summary>What others are answered who ask for somebody's.</summary>
/// <param name="Line">Method and path, as they stand in the table.</param>
/// <param name="Id">What the owner's has in place of the path's parameter.</param>
/// <param name="Mark">Of what can be read: what stands in the answer to the owner, and in no answer to others.</param>
/// <param name="Body">As somebody would send it who may.</param>
/// <param name="Answer">Null: the request names nobody, so it can be about the sender only, whatever comes of it.</param>
public sealed record Belonging(string Line, Guid? Id = null, string? Mark = null, object? Body = null, int? Answer = 404)
{
    internal HttpRequestMessage Request(Access line, string token)
    {
        var request = new HttpRequestMessage(new(line.Method), Regex.Replace(line.Path, @"\{[^}]+\}", $"{Id}")) { Headers = { { "Idempotency-Key", $"{Guid.NewGuid()}" } } };
        if (line.Method is "POST" or "PUT")
            request.Content = Body is string csv ? new StringContent(csv, Encoding.UTF8, "text/csv") : JsonContent.Create(Body ?? new { });
        return request.With(token);
    }
}

/// <summary>
/// Who may ask for what is a public promise, so it is checked in as contracts/access.md. A new endpoint needs a line there, and a line an endpoint;
/// and each service answers everybody as the line says.
/// </summary>
public static partial class AccessTable
{
    public static IReadOnlyList<Access> Read() =>
    [
        .. from line in File.ReadLines(System.IO.Path.Combine(Repository.Find().Root, "contracts", "access.md"))
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells.Length >= 6 && (cells[1] == "gateway" || cells[1].EndsWith("-service", StringComparison.Ordinal))
           select new Access(cells[1], cells[2], cells[3].Trim('`'), cells[4] == "everybody" ? [] : [.. cells[4].Split(',').Select(who => who.Trim().Split(' ')[0])], cells[5]),
    ];

    /// <summary>What is said above the table to be open to everybody, of whatever process.</summary>
    public static IReadOnlyList<string> Unlisted() => [.. Quoted().Matches(File.ReadAllText(System.IO.Path.Combine(Repository.Find().Root, "contracts", "access.md"))
        .Split("Besides these, ")[1].Split("\n\n")[0]).Select(path => path.Groups[1].Value)];

    [GeneratedRegex("`(/[^`]*)`")]
    private static partial Regex Quoted();

    /// <summary>Asks for everything in the service's OpenAPI document with every kind of token, and for what is one person's as another.</summary>
    /// <param name="tokens">Of a role; without it, they are the tests' issuer's.</param>
    /// <param name="belongings">Of somebody; a line that lets people have their own needs one.</param>
    public static async Task ShouldBeGuarded(this ServiceProcess process, string service, Func<string, Task<string>>? tokens = null, Belongings? belongings = null)
    {
        var issuer = TestIssuer.Shared;
        var lines = Read().Where(line => line.Service == service).ToList();
        var document = await process.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var endpoints = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Method: operation.Name.ToUpperInvariant(), Path: path.Name, operation.Value))).ToList();
        endpoints.Select(endpoint => $"{endpoint.Method} {endpoint.Path}").ShouldBe(lines.Select(line => $"{line.Method} {line.Path}"), ignoreOrder: true,
            $"Each endpoint of {service} needs a line in contracts/access.md, and each line an endpoint.");

        lines.Where(line => line.Owners.Count == 0 && !line.IsInside && line.Who.Except(["operator", "service"]).Any())
            .ShouldBeEmpty("A line for others than operators and services says whose they may have.");
        var beside = await process.BesideItsDocumentAsync();
        beside.Where(path => !Unlisted().Any(listed => Regex.IsMatch(listed, $"^{PathParameter().Replace(Regex.Escape(path), "[^/]+")}$")))
            .ShouldBeEmpty("What is not in the OpenAPI document is listed above the table in contracts/access.md.");

        Dictionary<string, string> good = [];
        foreach (var role in Access.Roles) good[role] = tokens is null ? issuer.Token($"{Guid.CreateVersion7()}", [role], stall: "Satay Pak Samad") : await tokens(role);
        var nobody = Guid.CreateVersion7();
        Dictionary<string, string?> bad = new()
        {
            ["no token"] = null,
            ["an expired one"] = issuer.Expired(nobody, Access.Roles),
            ["one for others"] = issuer.ForOthers(nobody, Access.Roles),
            ["one of another issuer"] = issuer.OfAnotherIssuer(nobody, Access.Roles),
            ["an unsigned one"] = issuer.Unsigned(nobody, Access.Roles),
            ["a forged one"] = issuer.Forged(nobody, Access.Roles),
            ["one signed with the public key"] = issuer.SignedWithPublicKey(nobody, Access.Roles),
            ["an ID token"] = issuer.IdToken(nobody, Access.Roles),
            ["what is no token at all"] = "siti",
        };
        List<string> wrong = [];
        foreach (var line in lines)
        {
            var promised = endpoints.Single(endpoint => endpoint.Method == line.Method && endpoint.Path == line.Path).Value.TryGetProperty("security", out var security)
                ? security.EnumerateArray().Select(any => any.GetProperty("bearer")[0].GetString()!).ToList() : [];
            if (!promised.ToHashSet().SetEquals(line.Who)) wrong.Add($"{line}: the document says {string.Join(", ", promised)}");
            foreach (var (kind, token) in bad) await AskAsync(line, token, kind, expected: line.IsOpen ? null : 401);
            foreach (var (role, token) in good) await AskAsync(line, token, role, expected: line.IsOpen || line.Who.Contains(role) ? null : 403);
        }
        await AskForOthersAsync();
        wrong.ShouldBeEmpty();

        async Task AskForOthersAsync()
        {
            var owned = lines.Where(line => line.Owners.Count > 0).ToList();
            var each = (belongings?.Each ?? []).ToDictionary(belonging => belonging.Line);
            owned.Select(line => $"{line.Method} {line.Path}").ShouldBe(each.Keys, ignoreOrder: true, "Each line that lets people have their own needs something of somebody's to ask for.");
            await OwnerHasAsync("before");
            // Somebody of the same kind with a stall of their own, and one without any.
            foreach (var line in owned)
                foreach (var role in line.Owners)
                    foreach (var stall in (string?[])["A stall of somebody else's", null])
                        await AskAsAnotherAsync(line, each[$"{line.Method} {line.Path}"], role, issuer.Token($"{Guid.CreateVersion7()}", [role], stall));
            await OwnerHasAsync("afterwards");

            async Task OwnerHasAsync(string when)
            {
                foreach (var line in owned.Where(line => line.Method == "GET"))
                {
                    var belonging = each[$"{line.Method} {line.Path}"];
                    using var answer = await process.Client.SendAsync(belonging.Request(line, belongings!.Owner), HttpCompletionOption.ResponseHeadersRead);
                    var isThere = answer.IsSuccessStatusCode
                        && (answer.Content.Headers.ContentType?.MediaType == "text/event-stream" || (await answer.Content.ReadAsStringAsync()).Contains(belonging.Mark!, StringComparison.Ordinal));
                    if (!isThere) wrong.Add($"{line} does not show its owner what is theirs {when}: {(int)answer.StatusCode}");
                }
            }
        }

        async Task AskAsAnotherAsync(Access line, Belonging belonging, string role, string token)
        {
            using var answer = await process.Client.SendAsync(belonging.Request(line, token));
            var (status, text) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
            var isRight = line.Method == "GET" && belonging.Id is null
                ? status == 404 || (status == 200 && (!text.StartsWith("{\"items\"", StringComparison.Ordinal) || text.StartsWith("{\"items\":[]", StringComparison.Ordinal)))
                : belonging.Answer is { } expected ? status == expected : status is not (401 or >= 500);
            if (!isRight) wrong.Add($"{line} of somebody else as {role} is answered {status} {text}");
            else if (belonging.Mark is { } mark && text.Contains(mark, StringComparison.Ordinal)) wrong.Add($"{line} tells another {role} of {mark}");
        }

        async Task AskAsync(Access line, string? token, string who, int? expected)
        {
            using var answer = await process.Client.SendAsync(line.Request(token));
            var status = (int)answer.StatusCode;
            if (expected is null ? status is 401 or 403 or >= 500 : status != expected) wrong.Add($"{line} with {who} is answered {status}");
        }
    }

    /// <summary>What the process said at its start that it answers beside what its OpenAPI document describes.</summary>
    static async Task<IReadOnlyList<string>> BesideItsDocumentAsync(this ServiceProcess process)
    {
        var line = await Eventually.Get(() => Task.FromResult(process.Logs.FirstOrDefault(line => line.Contains("Beside its OpenAPI document", StringComparison.Ordinal))!));
        return JsonDocument.Parse(line).RootElement.GetProperty("Endpoints").GetString()!.Split(' ');
    }

    // As Regex.Escape leaves it.
    [GeneratedRegex(@"\\\{[^}]+}")]
    private static partial Regex PathParameter();
}
