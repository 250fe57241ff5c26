namespace Kampung.Notifications;

/// <summary>How a customer is reached, as far as heard from customer-service.</summary>
/// <param name="Phone">As the customer wrote it.</param>
/// <param name="Locale">A language tag such as <c>ms-MY</c>; null when the customer named none.</param>
public sealed record Contact(Guid CustomerId, string Name, string Email, string? Phone, string? Locale)
{
    /// <summary>The phone in international form (E.164), such as <c>+60123456789</c>; null when there is none or its country is not known.</summary>
    public string? InternationalPhone
    {
        get
        {
            var digits = new string([.. (Phone ?? "").Where(char.IsAsciiDigit)]);
            var international = Phone?.TrimStart() switch
            {
                ['+', ..] => digits,
                ['0', '0', ..] => digits[2..],
                _ => "",
            };
            // E.164: a country code, and at most 15 digits in all
            return international is [not '0', ..] && international.Length is >= 7 and <= 15 ? $"+{international}" : null;
        }
    }

    /// <summary>Where this customer is reached by a channel; null when not at all.</summary>
    public string? AddressFor(string channel) => channel switch
    {
        Channel.Email => Email,
        Channel.WhatsApp => InternationalPhone,
        _ => "",
    };
}

/// <summary>An event about a customer came before that customer's registration: it is retried until the registration has been heard.</summary>
#pragma warning disable CA1032 // it always says which customer
public sealed class UnknownContactException(Guid customerId) : Exception($"customer {customerId} is not known yet");
#pragma warning restore CA1032
