using System.Net;
using System.Text.RegularExpressions;

namespace Kampung.Identity.Tests;

/// <summary>What a person sees and sends: pages, their forms, cookies. Redirects are not followed.</summary>
public sealed partial class Browser : IDisposable
{
    readonly HttpClient http;

    public Browser(Uri server)
    {
        Cookies = new();
        // As on the wire: what is set for 127.0.0.1 goes to every instance there, whatever its port.
        http = new(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = server };
    }

    public CookieContainer Cookies { get; }

    public HttpClient Http => http;

    public async Task<Page> OpenAsync(string path) => await Page.OfAsync(await http.GetAsync(path));

    /// <summary>Opens the page, types into its form and sends it.</summary>
    public async Task<Page> FillInAsync(string path, params (string Name, string Value)[] typed) => await SendAsync(await OpenAsync(path), typed);

    public async Task<Page> SendAsync(Page page, params (string Name, string Value)[] typed)
    {
        var fields = page.Fields;
        foreach (var (name, value) in typed) fields[name] = value;
        return await Page.OfAsync(await http.PostAsync(page.Action, new FormUrlEncodedContent(fields)));
    }

    public Task<Page> RegisterAsync(string email, string name = "Siti", string path = "/identity/register") =>
        FillInAsync(path, ("name", name), ("email", email), ("password", IdentityVillage.Password));

    public Task<Page> SignInAsync(string email, string password = IdentityVillage.Password) => FillInAsync("/identity/sign-in", ("email", email), ("password", password));

    public void Dispose() => http.Dispose();
}

/// <summary>An answer to a browser.</summary>
public sealed partial record Page(HttpStatusCode Status, string Html, Uri? Location, HttpResponseMessage Answer)
{
    public static async Task<Page> OfAsync(HttpResponseMessage answer) => new(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location, answer);

    public string Action => WebUtility.HtmlDecode(FormPattern().Match(Html).Groups[1].Value);

    /// <summary>The form's fields as they are before anybody types.</summary>
    public Dictionary<string, string> Fields =>
        InputPattern().Matches(Html).Select(input => input.Value).ToDictionary(
            input => WebUtility.HtmlDecode(NamePattern().Match(input).Groups[1].Value), input => WebUtility.HtmlDecode(ValuePattern().Match(input).Groups[1].Value));

    /// <summary>What it says to the visitor.</summary>
    public string Alert => WebUtility.HtmlDecode(AlertPattern().Match(Html).Groups[1].Value);

    [GeneratedRegex("<form method=\"post\" action=\"([^\"]+)\"")]
    private static partial Regex FormPattern();

    [GeneratedRegex("<input[^>]*>")]
    private static partial Regex InputPattern();

    [GeneratedRegex("name=\"([^\"]*)\"")]
    private static partial Regex NamePattern();

    [GeneratedRegex("value=\"([^\"]*)\"")]
    private static partial Regex ValuePattern();

    [GeneratedRegex("role=\"alert\">([^<]*)<")]
    private static partial Regex AlertPattern();
}
