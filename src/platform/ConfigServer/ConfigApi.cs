using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kampung.ServiceDefaults;
using LibGit2Sharp;

namespace Kampung.ConfigServer;

/// <summary>Spring Cloud Config's HTTP API: https://docs.spring.io/spring-cloud-config/reference/server.html.</summary>
static partial class ConfigApi
{
    public static void MapConfig(this WebApplication app)
    {
        app.MapGet("/{application}/{profiles}", (string application, string profiles, HttpContext http, ConfigRepository repository) =>
            Answer(http, repository, application, profiles, null, AsEnvironment));
        app.MapGet("/{application}/{profiles}/{label}", (string application, string profiles, string label, HttpContext http, ConfigRepository repository) =>
            Answer(http, repository, application, profiles, label, AsEnvironment));
        app.MapGet("/commits", (ConfigRepository repository) => Tell(() => repository.History(CommitsTold)));
        app.MapGet("/commits/files", (ConfigRepository repository) => Tell(repository.LastChanges));
        app.MapGet("/{document:regex(" + DocumentName + ")}", (string document, HttpContext http, ConfigRepository repository) =>
            Answer(http, repository, document, null));
        app.MapGet("/{label}/{document:regex(" + DocumentName + ")}", (string label, string document, HttpContext http, ConfigRepository repository) =>
            Answer(http, repository, document, label));
    }

    // {application}-{profiles}.{form}; in a route pattern braces are doubled, so none here
    const string DocumentName = @"^(.+)-([^-]+)\.(yml|yaml|properties|json)$";

    // Beside Spring's API: who changed what, the newest first. No document is named so, as documents have an extension; nor is an application.
    const int CommitsTold = 50;

    delegate IResult Form(ConfigCommit commit, string application, string[] profiles, string? label, IEnumerable<ConfigPart> sources);

    static IResult Tell<T>(Func<T> what)
    {
        try
        {
            return Results.Ok(what());
        }
        catch (ConfigFileException e)
        {
            return Unreadable(e);
        }
        catch (LibGit2SharpException e)
        {
            return Unreadable(e);
        }
    }

    static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Unreadable(ConfigFileException e) =>
        Problems.Of(500, "configuration-unreadable", "The configuration cannot be read.", e.Message);

    static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Unreadable(LibGit2SharpException e) =>
        Problems.Of(503, "repository-unreadable", "The configuration's repository cannot be read.", e.Message);

    static IResult Answer(HttpContext http, ConfigRepository repository, string document, string? label)
    {
        var parts = DocumentParts().Match(document);
        return Answer(http, repository, parts.Groups[1].Value, parts.Groups[2].Value, label, parts.Groups[3].Value switch
        {
            "json" => (_, _, _, _, sources) => Results.Text(Documents.Json(sources), "application/json"),
            "properties" => (_, _, _, _, sources) => Results.Text(Documents.Properties(sources), "text/plain"),
            _ => (_, _, _, _, sources) => Results.Text(Documents.Yaml(sources), "text/plain"),
        });
    }

    static IResult Answer(HttpContext http, ConfigRepository repository, string application, string profiles, string? label, Form form)
    {
        if (!Names().IsMatch(application) || !Names().IsMatch(profiles))
            return Problems.BadRequest("Applications and profiles are names of letters, digits, dots, dashes and underscores, divided by commas.");
        ConfigCommit? commit;
        try
        {
            commit = repository.Read(Label.Decode(label));
        }
        catch (ConfigFileException e)
        {
            return Unreadable(e);
        }
        catch (LibGit2SharpException e)
        {
            return Unreadable(e);
        }
        if (commit is null) return Problems.NotFound("label", label ?? "HEAD");

        var tag = $"\"{commit.Sha}{(commit.Complaint is null ? "" : "-stale")}\"";
        http.Response.Headers.ETag = tag;
        if (http.Request.Headers.IfNoneMatch == tag) return Results.StatusCode(StatusCodes.Status304NotModified);

        var (names, active) = (application.Split(','), profiles.Split(','));
        return form(commit, application, active, label, commit.SourcesFor(names, active));
    }

    static IResult AsEnvironment(ConfigCommit commit, string application, string[] profiles, string? label, IEnumerable<ConfigPart> sources) =>
        Results.Text(new JsonObject
        {
            ["name"] = application,
            ["profiles"] = new JsonArray([.. profiles.Select(profile => JsonValue.Create(profile))]),
            ["label"] = label is null ? commit.Label : Label.Decode(label),
            ["version"] = commit.Sha,
            ["state"] = commit.Complaint,
            ["propertySources"] = new JsonArray([.. sources.Select(part => new JsonObject
            {
                ["name"] = part.Name,
                ["source"] = new JsonObject(part.Values.Select(value => KeyValuePair.Create(value.Key, value.Value.ToJson()))),
            })]),
        }.ToJsonString(), "application/json");

    /// <summary>Literals keep their spelling: 1.10 stays 1.10.</summary>
    public static JsonNode? ToJson(this ConfigValue value) =>
        value.IsLiteral ? JsonNode.Parse(value.Text) : JsonValue.Create(value.Text);

    [GeneratedRegex(DocumentName)]
    private static partial Regex DocumentParts();

    [GeneratedRegex(@"^(?!.*\.\.)[\p{L}\p{N}._,-]+$")]
    private static partial Regex Names();
}
