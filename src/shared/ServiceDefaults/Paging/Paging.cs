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
        return ValueTask.FromResult<Paging?>(new Paging(ReadLimit(context.Request.Query, DefaultLimit, MaxLimit), context.Request.Query["cursor"]));
    }

    internal static int ReadLimit(IQueryCollection query, int limit, int maxLimit)
    {
        if (query.TryGetValue("limit", out var asked)
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit < 1 || limit > maxLimit))
            throw new BadHttpRequestException($"limit must be a whole number from 1 to {maxLimit}.");
        return limit;
    }
}

/// <summary>As <see cref="Paging"/>, for whoever reads everything: up to 1000 items at once.</summary>
public sealed record AuditPaging(int Limit, string? Cursor) : IBindableFromHttpContext<AuditPaging>
{
    public const int MaxLimit = 1000;

    /// <inheritdoc cref="Kampung.ServiceDefaults.Cursor.Decode{T}"/>
    public T? After<T>() => ServiceDefaults.Cursor.Decode<T>(Cursor);

    public static ValueTask<AuditPaging?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult<AuditPaging?>(new AuditPaging(Paging.ReadLimit(context.Request.Query, MaxLimit, MaxLimit), context.Request.Query["cursor"]));
    }
}
