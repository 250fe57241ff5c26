using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.Pages;

/// <summary>Our pages for one request: in the language that the browser asks for, without scripts, with a policy that would not let any run.</summary>
sealed class WebPage(IHttpContextAccessor accessor, IAntiforgery antiforgery, IOptions<IssuerOptions> options)
{
    public const string AntiforgeryField = "__RequestVerificationToken";

    readonly HttpContext http = accessor.HttpContext!;

    public Texts Text => field ??= Texts.For(http.Request, Languages);

    /// <summary>What the web app asks for, which is in the address that the visitor goes back to, and in that of each of our pages.</summary>
    string? Languages => http.Request.Query[Parameters.UiLocales].FirstOrDefault() ?? AskedBy(http.Request.Query["returnUrl"].FirstOrDefault());

    static string? AskedBy(string? returnUrl) =>
        Own(returnUrl) is { } own && own.IndexOf('?', StringComparison.Ordinal) is >= 0 and var start ? QueryHelpers.ParseQuery(own[start..]).GetValueOrDefault(Parameters.UiLocales).FirstOrDefault() : null;

    /// <summary>A form that only this page's visitor can send.</summary>
    public Html Form(string path, Html fields) => Html.Of($"""
        <form method="post" action="{Link(path)}">
        <input type="hidden" name="{AntiforgeryField}" value="{antiforgery.GetAndStoreTokens(http).RequestToken}">
        {fields}
        </form>
        """);

    /// <summary>A labelled field, with what is wrong with it.</summary>
    /// <param name="autocomplete">What browsers and password managers fill in (HTML, 4.10.18.7).</param>
    public static Html Field(string name, string label, string type, string autocomplete, string? value = null, string? wrong = null, string? hint = null)
    {
        var help = wrong ?? hint;
        return Html.Of($"""
            <label for="{name}">{label}</label>
            <input id="{name}" name="{name}" type="{type}" autocomplete="{autocomplete}" value="{value}" required maxlength="254"{(help is null ? Html.Empty : Html.Of($" aria-describedby=\"{name}-help\""))}{(wrong is null ? Html.Empty : Html.Of($" aria-invalid=\"true\""))}>
            {(help is null ? Html.Empty : Html.Of($"""<p id="{name}-help" class="{(wrong is null ? "hint" : "wrong")}">{help}</p>"""))}
            """);
    }

    public static Html Alert(string? text) => text is null ? Html.Empty : Html.Of($"""<p class="alert" role="alert">{text}</p>""");

    public static Html Hidden(string name, string? value) => value is null ? Html.Empty : Html.Of($"""<input type="hidden" name="{name}" value="{value}">""");

    /// <summary>A link to another page of ours, which knows where the visitor wants to go in the end.</summary>
    public string Link(string path, string? returnUrl = null)
    {
        var query = returnUrl is null ? QueryString.Empty : QueryString.Create("returnUrl", returnUrl);
        return $"{http.Request.PathBase}/{path}{(Languages is null ? query : query.Add(Parameters.UiLocales, Text.Language)).ToUriComponent()}";
    }

    /// <summary>Where the visitor wanted to go, if that is one of our own addresses; no other site can have us send people to it.</summary>
    public IResult GoOn(string? returnUrl) => Results.Redirect(Own(returnUrl) ?? Link(""));

    /// <returns>Null for an address that is not ours.</returns>
    public static string? Own(string? returnUrl) =>
        returnUrl is { Length: <= 4000 } && Microsoft.AspNetCore.Http.HttpResults.RedirectHttpResult.IsLocalUrl(returnUrl) && !returnUrl.StartsWith('~') ? returnUrl : null;

    public IResult Show(string title, Html content, int status = StatusCodes.Status200OK)
    {
        Protect(http, options.Value);
        return Results.Content(Whole(title, content).ToString(), "text/html; charset=utf-8", statusCode: status);
    }

    Html Whole(string title, Html content) => Html.Of($"""
        <!doctype html>
        <html lang="{Text.Language}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title} · Kampung</title>
        <link rel="stylesheet" href="{http.Request.PathBase}/style.css">
        </head>
        <body>
        <main>
        <p class="brand">Kampung</p>
        <h1>{title}</h1>
        {content}
        </main>
        </body>
        </html>

        """);

    static void Protect(HttpContext http, IssuerOptions options)
    {
        // Browsers hold a form's target against the policy through every redirect, and the last one leads to the web app.
        var origins = options.Resolve(options.WebRedirectUris.Concat(options.WebPostLogoutRedirectUris)).Select(uri => uri.GetLeftPart(UriPartial.Authority)).Distinct();
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = string.Create(CultureInfo.InvariantCulture,
            $"default-src 'none'; style-src 'self'; form-action 'self' {string.Join(' ', origins)}; frame-ancestors 'none'; base-uri 'none'");
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        // The address of the page for a new password has its token in it.
        headers["Referrer-Policy"] = "no-referrer";
    }
}
