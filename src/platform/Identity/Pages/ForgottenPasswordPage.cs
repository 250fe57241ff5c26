using System.Buffers.Text;
using System.Text;
using Kampung.Identity.Accounts;
using Kampung.Messaging;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Identity.Pages;

/// <summary>/forgotten-password: has a link sent to the account's address. Whether there is such an account can be told neither from the answer nor from its time.</summary>
static class ForgottenPasswordPage
{
    // Longer than it takes to write down that a letter is to be sent.
    static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(400);

    public static void MapForgottenPassword(this IEndpointRouteBuilder app)
    {
        app.MapGet("/forgotten-password", (WebPage page) => page.Show(page.Text.Forgotten, $"""
            <p>{page.Text.ForgottenExplained}</p>
            {page.Form("forgotten-password", $"""
                {WebPage.Field("email", page.Text.Email, "email", "username")}
                <button>{page.Text.SendLink}</button>
                """)}
            """)).ExcludeFromDescription();
        app.MapPost("/forgotten-password", Handle).ExcludeFromDescription();
    }

    static async Task<IResult> Handle(
        [FromForm] string? email, WebPage page, IdentityDb db, UserManager<Account> users, IOptions<IssuerOptions> options, TimeProvider time, CancellationToken ct)
    {
        var answer = Task.Delay(AnswerTime, time, ct);
        await RequestAsync(email ?? "", db, users, options.Value, time.GetUtcNow(), ct);
        await answer;
        return page.Show(page.Text.Forgotten, $"""<p role="status">{page.Text.LinkSent}</p>""");
    }

    static async Task RequestAsync(string email, IdentityDb db, UserManager<Account> users, IssuerOptions options, DateTimeOffset now, CancellationToken ct)
    {
        if (await users.FindByEmailAsync(email) is not { } account) return;
        // Whoever asks again and again fills nobody's mailbox; of those who ask at the same moment, one comes through.
        var asked = await db.Users.Where(row => row.Id == account.Id && (row.ResetRequestedAt == null || row.ResetRequestedAt <= now - options.ResetLinkPause))
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.ResetRequestedAt, now), ct);
        if (asked == 0) return;
        var token = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(await users.GeneratePasswordResetTokenAsync(account)));
        var link = options.Address($"reset-password?account={account.Id}&token={token}");
        db.Publish(new PasswordResetRequested(
            account.Id, Guid.CreateVersion7(now), account.Name, account.Email!, account.Locale, link.AbsoluteUri, now, now + options.ResetLinkLifetime));
        await db.SaveChangesAsync(ct);
    }
}
