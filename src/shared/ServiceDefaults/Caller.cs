using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Kampung.ServiceDefaults;

/// <summary>
/// The customer on whose behalf a request is made; a parameter of an endpoint. A request without one is answered 401.
/// <para>DEVELOPMENT ONLY: the id is taken from a header that anyone may set. Tokens checked by the gateway and by each service replace it.</para>
/// </summary>
/// <param name="Id">The customer's id.</param>
public sealed record Caller(Guid Id) : IBindableFromHttpContext<Caller>
{
    /// <summary>The header that carries the customer's id, DEVELOPMENT ONLY.</summary>
    public const string DevelopmentHeader = "X-Kampung-Dev-Customer-Id";

    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>How long the caller asks to be kept waiting for an outcome: <c>Prefer: wait=N</c> (RFC 7240), at most 60 s; null if it does not.</summary>
    public TimeSpan? PreferredWait { get; init; }

    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Guid.TryParse(context.Request.Headers[DevelopmentHeader], out var id)
            ? ValueTask.FromResult<Caller?>(new Caller(id) { PreferredWait = ReadWait(context.Request) })
            : throw new BadHttpRequestException($"The header {DevelopmentHeader} must carry the caller's id (a UUID).", StatusCodes.Status401Unauthorized);
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
