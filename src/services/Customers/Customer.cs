using System.Text.Json;

namespace Kampung.Customers;

/// <summary>Who buys: the document that is stored, and the answer of the API.</summary>
/// <param name="Id">UUID version 7.</param>
/// <param name="Locale">A language tag such as <c>en</c> or <c>ms-MY</c> (BCP 47), for letters to the customer.</param>
/// <param name="Version">Counts the changes, from 1: a save that was based on an older version is refused.</param>
public sealed record Customer(
    Guid Id, string Name, string Email, string? Phone, string Locale, IReadOnlyList<Address> Addresses, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, int Version)
{
    /// <summary>How the document is written in the store; the API writes it the same way.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Two customers whose addresses differ in case only are one.</summary>
    public static string EmailKey(string email) => email.ToLowerInvariant();

    /// <summary>Whether both say the same.</summary>
    public bool Says(Customer other) => JsonSerializer.Serialize(this, Json) == JsonSerializer.Serialize(other, Json);
}

/// <summary>Where an order can be brought.</summary>
/// <param name="Label">What the customer calls it: <c>Home</c>.</param>
/// <param name="Country">Two letters of ISO 3166-1.</param>
public sealed record Address(Guid Id, string Label, string Line1, string? Line2, string City, string PostalCode, string Country);
