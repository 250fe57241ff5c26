using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Kampung.AppHost;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>What contracts/access.md says, as it is seen from outside: the routes in config/gateway.yml, and what each says to which token.</summary>
[Collection(nameof(GuardedDoor))]
public sealed partial class AccessTests(GuardedDoor door)
{
    static readonly Guid Id = Guid.CreateVersion7();

    /// <summary>What is not inside, and has no way through the gateway all the same.</summary>
    static readonly Dictionary<string, string> NotOutside = new()
    {
        ["GET /stock/{variantId}"] = "the board shows the list",
        ["GET /keys"] = "keys are rotated beside identity-service",
        ["POST /keys/rotate"] = "keys are rotated beside identity-service",
        ["GET /audit/reservations"] = Audit, ["GET /audit/stock"] = Audit, ["GET /audit/orders"] = Audit, ["GET /audit/payments"] = Audit, ["GET /audit/tickets"] = Audit,
        ["GET /audit/deliveries"] = Audit, ["GET /audit/notifications"] = Audit, ["GET /audit/unreachables"] = Audit,
    };

    const string Audit = "the audit asks the services themselves";

    static readonly IReadOnlyList<Route> Routes = ReadRoutes();

    readonly string marker = $"{Guid.NewGuid()}";

    sealed record Route(string Name, string Method, string Path, bool Public)
    {
        /// <summary>A path that it matches.</summary>
        public string Example => Patterns().Replace(Path, parameter => parameter.Groups["pattern"].Value switch
        {
            "" => $"{Id}",
            var pattern when pattern.StartsWith('(') => pattern.Trim('(', ')').Split('|')[0],
            _ => "nothing.svg",
        });

        public bool Matches(string method, string path) => method == Method && Regex.IsMatch(path, $"^{string.Join("", Parts())}$");

        IEnumerable<string> Parts()
        {
            var end = 0;
            foreach (Match parameter in Patterns().Matches(Path))
            {
                yield return Regex.Escape(Path[end..parameter.Index]);
                yield return parameter.Groups["pattern"] is { Success: true, Value: var pattern } ? $"(?:{pattern})" : "[0-9a-f-]{36}";
                end = parameter.Index + parameter.Length;
            }
            yield return Regex.Escape(Path[end..]);
        }
    }

    [Fact]
    public void What_is_inside_has_no_route_what_is_everybodys_is_public_and_the_rest_has_a_way()
    {
        Routes.Count.ShouldBeGreaterThan(90);
        var lines = AccessTable.Read().Where(line => line.Path.StartsWith('/')).ToList();
        List<string> wrong = [];
        HashSet<Route> known = [];
        foreach (var line in lines)
        {
            var found = Routes.Where(route => route.Matches(line.Method, Outside(line))).ToList();
            known.UnionWith(found);
            var isExcepted = NotOutside.ContainsKey($"{line.Method} {line.Path}");
            if (line.IsInside || isExcepted)
            {
                if (found.Count > 0) wrong.Add($"{line} can be reached from outside by {found[0].Name}");
            }
            else if (line.Service == "gateway" && found.Count == 0) continue; // its own, and asked below
            else if (found.Count == 0) wrong.Add($"{line} has no way through the gateway, and no reason for that");
            else if (found.Any(route => route.Public != line.IsOpen)) wrong.Add($"{line} is {(line.IsOpen ? "not " : "")}public in {found[0].Name}");
        }
        wrong.ShouldBeEmpty();
        NotOutside.Keys.Except(lines.Select(line => $"{line.Method} {line.Path}")).ShouldBeEmpty();

        // The pages and the protocol of OpenID Connect have no lines.
        var unlisted = AccessTable.Unlisted();
        Routes.Except(known).Where(route => !route.Public || !unlisted.Any(path => $"/identity{path}".TrimEnd('*') is var page && (route.Example == page || (path.EndsWith('*') && route.Example.StartsWith(page)))))
            .ShouldBeEmpty("Each route needs a line in contracts/access.md.");
    }

    [Fact]
    public async Task Each_route_that_is_not_public_refuses_every_bad_token_and_nothing_gets_inside()
    {
        var own = AccessTable.Read().Where(line => line.Service == "gateway" && !Routes.Any(route => route.Matches(line.Method, Outside(line)))).ToList();
        List<string> wrong = [];
        foreach (var (method, path) in Routes.Where(route => !route.Public).Select(route => (route.Method, route.Example)).Concat(own.Where(line => !line.IsOpen).Select(line => (line.Method, Outside(line)))))
            foreach (var (kind, token) in BadTokens)
                if (await AskAsync(method, path, token) is var status and not HttpStatusCode.Unauthorized) wrong.Add($"{method} {path} with {kind} is answered {(int)status}");
        wrong.ShouldBeEmpty();
        AskedInside().ShouldBeEmpty();

        foreach (var line in own.Where(line => !line.IsOpen))
            foreach (var role in Access.Roles.Except(line.Who))
                (await AskAsync(line.Method, Outside(line), TestIssuer.Shared.Token(Id, role))).ShouldBe(HttpStatusCode.Forbidden, $"{line} as {role}");
    }

    [Fact]
    public async Task On_a_public_route_a_bad_token_is_as_good_as_none()
    {
        foreach (var route in Routes.Where(route => route.Public))
            foreach (var (kind, token) in BadTokens)
                (await AskAsync(route.Method, route.Example, token)).ShouldNotBe(HttpStatusCode.Unauthorized, $"{route} with {kind}");
        foreach (var (kind, token) in BadTokens)
            (await AskAsync("GET", "/api/home", token)).ShouldBe(HttpStatusCode.OK, kind);
    }

    // Made once, as a forged one needs a key of its own.
    static readonly Dictionary<string, string?> BadTokens = new()
    {
        ["no token"] = null,
        ["an expired one"] = TestIssuer.Shared.Expired(Id, Access.Roles),
        ["one for others"] = TestIssuer.Shared.ForOthers(Id, Access.Roles),
        ["one of another issuer"] = TestIssuer.Shared.OfAnotherIssuer(Id, Access.Roles),
        ["an unsigned one"] = TestIssuer.Shared.Unsigned(Id, Access.Roles),
        ["one signed with the public key"] = TestIssuer.Shared.SignedWithPublicKey(Id, Access.Roles),
        ["a forged one"] = TestIssuer.Shared.Forged(Id, Access.Roles),
        ["an ID token"] = TestIssuer.Shared.IdToken(Id, Access.Roles),
        ["what is no token"] = "siti",
    };

    async Task<HttpStatusCode> AskAsync(string method, string path, string? token)
    {
        using var request = new HttpRequestMessage(new(method), path) { Headers = { { "X-Marker", marker } } };
        if (method is "POST" or "PUT") request.Content = new StringContent("{}", Encoding.UTF8, path.EndsWith("/import", StringComparison.Ordinal) ? "text/csv" : "application/json");
        using var answer = await door.Gateway.Client.SendAsync(request.With(token));
        return answer.StatusCode;
    }

    IReadOnlyList<Asked> AskedInside() => [.. door.Upstream.Asked.Where(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker)];

    static string Outside(Access line)
    {
        var path = Regex.Replace(line.Path, @"\{(\w+)\}", parameter => parameter.Groups[1].Value switch
        {
            "name" when line.Service == "product-service" => "nothing",
            "name" or "application" => "order-service",
            "profiles" => "default",
            "act" => "restart",
            "state" => "slow",
            _ => $"{Id}",
        });
        return line.Service == "gateway" ? path
            : line.Path.StartsWith("/dead-letters", StringComparison.Ordinal) || line.Path == "/outbox" ? $"/api/services/{line.Service}{path}"
            : line.Service == "identity-service" ? $"/identity{path}" : $"/api{path}";
    }

    static IReadOnlyList<Route> ReadRoutes() =>
    [
        .. from line in File.ReadLines(Path.Combine(Repository.Find().Root, "config", "gateway.yml"))
           let route = RouteLine().Match(line)
           where route.Success
           from method in route.Groups["methods"].Value.Split(',', StringSplitOptions.TrimEntries)
           select new Route(route.Groups["name"].Value, method, route.Groups["path"].Value.Replace(@"\\", @"\", StringComparison.Ordinal), route.Groups["rest"].Value.Contains("Public: true", StringComparison.Ordinal)),
    ];

    [GeneratedRegex(@"^    (?<name>[\w-]+): +\{ ClusterId: [\w-]+, Match: \{ Methods: \[(?<methods>[^\]]+)\], Path: ""(?<path>[^""]+)"" \}(?<rest>.*)\}$")]
    private static partial Regex RouteLine();

    [GeneratedRegex(@"\{\w+(?::guid|:regex\(\^(?<pattern>.+?)\$\))\}")]
    private static partial Regex Patterns();
}
