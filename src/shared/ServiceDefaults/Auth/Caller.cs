using System.Globalization;
using System.Reflection;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Kampung.ServiceDefaults.Auth;
using Microsoft.AspNetCore.Http;

namespace Kampung.ServiceDefaults;

/// <summary>Who asks, as the token says; a parameter of an endpoint. A request without one is answered 401.</summary>
/// <param name="Id">The person's id, which is also that of the customer.</param>
public sealed record Caller(Guid Id) : IBindableFromHttpContext<Caller>
{
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>Of <see cref="Role"/>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The stall that a merchant or a kitchen belongs to.</summary>
    public string? Stall { get; init; }

    public string? Name { get; init; }

    public string? Email { get; init; }

    /// <summary>When the token ends, and with it whatever is streamed to its bearer.</summary>
    public DateTimeOffset Expires { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>How long the caller asks to be kept waiting for an outcome: <c>Prefer: wait=N</c> (RFC 7240), at most 60 s; null if it does not.</summary>
    public TimeSpan? PreferredWait { get; init; }

    public bool IsOperator => Is(Role.Operator);

    public bool Is(string role) => Roles.Contains(role);

    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult<Caller?>(Of(context) ?? throw new BadHttpRequestException("It is not known who asks.", StatusCodes.Status401Unauthorized));
    }

    /// <summary>Who asks, where anybody may.</summary>
    public static Caller? Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.User.FindFirst(TokenClaims.Subject) is not { } subject) return null;
        return new Caller(IdOf(subject.Value, context.User.FindFirstValue(TokenClaims.Issuer)))
        {
            Roles = [.. context.User.FindAll(TokenClaims.Role).Select(role => role.Value)],
            Stall = context.User.FindFirstValue(TokenClaims.Stall),
            Name = context.User.FindFirstValue(TokenClaims.Name),
            Email = context.User.FindFirstValue(TokenClaims.Email),
            Expires = context.Features.Get<ValidatedToken>()?.Expires ?? DateTimeOffset.MaxValue,
            PreferredWait = ReadWait(context.Request),
        };
    }

    // An issuer whose subjects are no UUIDs has them made of both, as a UUID of version 8 (RFC 9562): the same each time.
    static Guid IdOf(string subject, string? issuer)
    {
        if (Guid.TryParse(subject, out var id)) return id;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer} {subject}"), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    // A preference that cannot be read is ignored (RFC 7240, section 2).
    static TimeSpan? ReadWait(HttpRequest request)
    {
        foreach (var preference in request.Headers.GetCommaSeparatedValues("Prefer"))
        {
            var token = preference.Split(';')[0];
            if (token.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value] && name.Equals("wait", StringComparison.OrdinalIgnoreCase)
                && uint.TryParse(value.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return TimeSpan.FromSeconds(Math.Min(seconds, LongestWait.TotalSeconds));
        }
        return null;
    }
}
