using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kampung.AppHost;
using Shouldly;

namespace Kampung.Testing;

/// <summary>A line of contracts/access.md.</summary>
/// <param name="Who">Roles; none: everybody, also without a token.</param>
public sealed record Access(string Service, string Method, string Path, IReadOnlyList<string> Who)
{
    public static IReadOnlyList<string> Roles { get; } = ["customer", "merchant", "kitchen", "rider", "operator", "service"];

    public bool IsOpen => Who.Count == 0;

    /// <summary>A request that gets as far as its sender may, and no further: about nothing that exists, with a body that says nothing.</summary>
    public HttpRequestMessage Request(string? token, string prefix = "")
    {
        var path = System.Text.RegularExpressions.Regex.Replace(Path, @"\{[^}]+\}", parameter => parameter.Value == "{name}" ? "nothing" : "0190f3a0-0000-7000-8000-000000000000");
        var request = new HttpRequestMessage(new(Method), prefix + path);
        // A body of another kind is refused before it is asked who sends it.
        if (Method is "POST" or "PUT") request.Content = new StringContent("{}", Encoding.UTF8, Path == "/products/import" ? "text/csv" : "application/json");
        return request.With(token);
    }

    public override string ToString() => $"{Service} {Method} {Path}";
}

/// <summary>
/// Who may ask for what is a public promise, so it is checked in as contracts/access.md. A new endpoint needs a line there, and a line an endpoint;
/// and each service answers everybody as the line says.
/// </summary>
public static class AccessTable
{
    public static IReadOnlyList<Access> Read() =>
    [
        .. from line in File.ReadLines(System.IO.Path.Combine(Repository.Find().Root, "contracts", "access.md"))
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells.Length >= 6 && cells[1].EndsWith("-service", StringComparison.Ordinal)
           select new Access(cells[1], cells[2], cells[3].Trim('`'), cells[4] == "everybody" ? [] : [.. cells[4].Split(',').Select(who => who.Trim().Split(' ')[0])]),
    ];

    /// <summary>Asks for everything in the service's OpenAPI document with every kind of token.</summary>
    /// <param name="tokens">Of a role; without it, they are the tests' issuer's.</param>
    public static async Task ShouldBeGuarded(this ServiceProcess process, string service, Func<string, Task<string>>? tokens = null)
    {
        var issuer = TestIssuer.Shared;
        var lines = Read().Where(line => line.Service == service).ToList();
        var document = await process.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var endpoints = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Method: operation.Name.ToUpperInvariant(), Path: path.Name, operation.Value))).ToList();
        endpoints.Select(endpoint => $"{endpoint.Method} {endpoint.Path}").ShouldBe(lines.Select(line => $"{line.Method} {line.Path}"), ignoreOrder: true,
            $"Each endpoint of {service} needs a line in contracts/access.md, and each line an endpoint.");

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
        wrong.ShouldBeEmpty();

        async Task AskAsync(Access line, string? token, string who, int? expected)
        {
            using var answer = await process.Client.SendAsync(line.Request(token));
            var status = (int)answer.StatusCode;
            if (expected is null ? status is 401 or 403 or >= 500 : status != expected) wrong.Add($"{line} with {who} is answered {status}");
        }
    }
}
