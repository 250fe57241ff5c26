using Kampung.Notifications.Storage;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Notifications;

/// <summary>How a customer wants to be told.</summary>
/// <param name="Channels">Names of <see cref="Channel"/>.</param>
/// <param name="Muted">Kinds that are not told at all, of those that <see cref="Kind.CanBeMuted"/>.</param>
public sealed record Preferences(IReadOnlyList<string> Channels, IReadOnlyList<string> Muted)
{
    public static Preferences Default { get; } = new([Channel.Email, Channel.InApp], []);

    /// <summary>The channels for a kind. Somebody who can be reached by none of those chosen gets an e-mail: a receipt must arrive.</summary>
    public IEnumerable<string> ChannelsFor(string kind, Contact contact)
    {
        if (Muted.Contains(kind) && Kind.CanBeMuted.Contains(kind)) return [];
        var reachable = Channels.Where(channel => contact.AddressFor(channel) is not null).ToList();
        return reachable.Count > 0 ? reachable : [Channel.Email];
    }
}

/// <summary>GET and PUT /notifications/preferences: the caller's own.</summary>
static class ChoosePreferences
{
    /// <param name="Muted">None when left out.</param>
    public sealed record Request(IReadOnlyList<string?> Channels, IReadOnlyList<string?>? Muted = null);

    public static void MapPreferences(this IEndpointRouteBuilder app)
    {
        app.MapGet("/notifications/preferences", (Caller caller, INotificationStore store, CancellationToken ct) => store.PreferencesAsync(caller.Id, ct)).WithName("getPreferences");
        app.MapPut("/notifications/preferences", Handle).WithName("choosePreferences");
    }

    static async Task<Results<Ok<Preferences>, ProblemHttpResult>> Handle(Request request, Caller caller, INotificationStore store, CancellationToken ct)
    {
        var errors = new FieldErrors();
        RequireKnown(errors, "channels", request.Channels, Channel.All);
        RequireKnown(errors, "muted", request.Muted ?? [], Kind.CanBeMuted);
        errors.Require(request.Channels.Count > 0, "channels", $"must name at least one of {string.Join(", ", Channel.All)}");
        if (errors.Any) return errors.Problem();

        var chosen = new Preferences([.. request.Channels.Distinct()!], [.. (request.Muted ?? []).Distinct()!]);
        if (chosen.Channels.Contains(Channel.WhatsApp) && !await HasPhoneAsync(store, caller.Id, ct))
            return Problems.Unprocessable("no-phone", "There is no telephone number for WhatsApp.",
                "Put a number in international form, such as +60123456789, into the profile (PUT /customers/me) and choose WhatsApp then.");
        await store.KeepAsync(caller.Id, chosen, ct);
        return TypedResults.Ok(chosen);
    }

    static async Task<bool> HasPhoneAsync(INotificationStore store, Guid customerId, CancellationToken ct)
    {
        try { return (await store.FindAsync(customerId, ct))?.Contact.InternationalPhone is not null; }
        catch (UnknownContactException) { return false; }
    }

    static void RequireKnown(FieldErrors errors, string field, IReadOnlyList<string?> given, IReadOnlyList<string> known)
    {
        // Each is named once at most; whoever sends thousands is told once.
        if (!errors.Require(given.Count <= known.Count, field, $"must be at most {known.Count}")) return;
        foreach (var (i, one) in given.Index())
            errors.Require(one is not null && known.Contains(one), $"{field}[{i}]", $"must be one of {string.Join(", ", known)}");
    }
}
