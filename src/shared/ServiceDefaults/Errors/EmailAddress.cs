using System.Net.Mail;
using System.Text.RegularExpressions;

namespace Kampung.ServiceDefaults;

/// <summary>What every service takes for an e-mail address: what one refuses of another's customers would have no profile there, or no letter.</summary>
public static partial class EmailAddress
{
    /// <summary>An address that mail can be sent to from anywhere: no display name, no quotes, a domain with a dot, at most 254 characters (RFC 5321).</summary>
    public static bool IsValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= 254 && Pattern().IsMatch(text) && MailAddress.TryCreate(text, out var address) && address.Address == text;
    }

    [GeneratedRegex(@"^[^\s@""\p{C}]{1,64}@[^\s@""\p{C}.]+(\.[^\s@""\p{C}.]+)+\z")]
    private static partial Regex Pattern();
}
