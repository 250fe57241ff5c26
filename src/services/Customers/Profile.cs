using System.Text.RegularExpressions;
using Kampung.ServiceDefaults;

namespace Kampung.Customers;

/// <summary>What customers tell about themselves, when they register and when they change it.</summary>
public sealed partial record Profile(string Name, string Email, string? Phone = null, string? Locale = null, IReadOnlyList<Profile.ToldAddress?>? Addresses = null)
{
    public const int MaxAddresses = 20;

    /// <param name="Id">One of the customer's addresses, which this replaces. Without it, it is a new one.</param>
    public sealed record ToldAddress(string Label, string Line1, string City, string PostalCode, string Country, string? Line2 = null, Guid? Id = null);

    /// <summary>What is wrong with it, for the customer who has <paramref name="known"/> addresses.</summary>
    public FieldErrors Check(IReadOnlyList<Address> known)
    {
        var errors = new FieldErrors();
        Line(Name, "name", 200);
        errors.Require(EmailAddress.IsValid(Email), "email", "must be an e-mail address such as siti@example.com");
        errors.Require(string.IsNullOrEmpty(Phone) || PhonePattern().IsMatch(Phone), "phone", "must be 5 to 20 digits, with a leading + when it is international");
        errors.Require(string.IsNullOrEmpty(Locale) || LocalePattern().IsMatch(Locale), "locale", "must be a language tag such as en or ms-MY");

        var addresses = Addresses ?? [];
        if (!errors.Require(addresses.Count <= MaxAddresses, "addresses", $"must be at most {MaxAddresses}")) return errors;
        var ids = new HashSet<Guid>();
        for (var i = 0; i < addresses.Count; i++)
        {
            var field = $"addresses[{i}]";
            if (addresses[i] is not { } address)
            {
                errors.Add(field, "must not be null");
                continue;
            }
            Line(address.Label, $"{field}.label", 50);
            Line(address.Line1, $"{field}.line1", 200);
            if (!string.IsNullOrEmpty(address.Line2)) Line(address.Line2, $"{field}.line2", 200);
            Line(address.City, $"{field}.city", 100);
            Line(address.PostalCode, $"{field}.postalCode", 20);
            errors.Require(Countries.Knows(address.Country), $"{field}.country", "must be two letters of ISO 3166-1 such as MY");
            if (address.Id is { } id)
                errors.Require(known.Any(other => other.Id == id) && ids.Add(id), $"{field}.id", "must be the id of one of your addresses, once");
        }
        return errors;

        void Line(string text, string field, int max)
        {
            if (errors.RequireText(text, field, max)) errors.Require(!text.Any(char.IsControl), field, "must be one line");
        }
    }

    /// <summary>The customer who says this.</summary>
    public Customer Of(Guid id, DateTimeOffset since, DateTimeOffset now, int version) => new(
        id, Name.Trim(), Email, NullIfEmpty(Phone), NullIfEmpty(Locale) ?? "en",
        [.. (Addresses ?? []).Select(address => new Address(
            address!.Id ?? Guid.CreateVersion7(now), address.Label.Trim(), address.Line1.Trim(), NullIfEmpty(address.Line2?.Trim()),
            address.City.Trim(), address.PostalCode.Trim(), address.Country))],
        since, now, version);

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [GeneratedRegex(@"^\+?[0-9](?:[ -]?[0-9]){4,19}\z")]
    private static partial Regex PhonePattern();

    [GeneratedRegex(@"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\z")]
    private static partial Regex LocalePattern();
}
