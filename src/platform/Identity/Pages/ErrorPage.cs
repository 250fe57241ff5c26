using OpenIddict.Abstractions;

namespace Kampung.Identity.Pages;

/// <summary>For a request of a web app that cannot be answered by going back there: who it is, or where back is, cannot be trusted.</summary>
static class ErrorPage
{
    public static IResult For(HttpContext http, OpenIddictResponse refusal)
    {
        var page = http.RequestServices.GetRequiredService<WebPage>();
        return page.Show(page.Text.Wrong, $"""
            <p role="alert">{page.Text.WrongExplained}</p>
            <p class="hint">{refusal.Error}: {refusal.ErrorDescription}</p>
            """, StatusCodes.Status400BadRequest);
    }
}
