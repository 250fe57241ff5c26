using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Kampung.ServiceDefaults;

/// <summary>The query parameters <c>limit</c> (1 to 100, otherwise 400) and <c>cursor</c> of a list; a parameter of an endpoint.</summary>
public sealed record Paging(int Limit, string? Cursor) : IBindableFromHttpContext<Paging>
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <inheritdoc cref="Kampung.ServiceDefaults.Cursor.Decode{T}"/>
    public T? After<T>() => ServiceDefaults.Cursor.Decode<T>(Cursor);

    public static ValueTask<Paging?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        var query = context.Request.Query;
        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var asked)
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
            throw new BadHttpRequestException($"limit must be a whole number from 1 to {MaxLimit}.");
        return ValueTask.FromResult<Paging?>(new Paging(limit, query["cursor"]));
    }
}
