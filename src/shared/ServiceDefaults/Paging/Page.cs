namespace Kampung.ServiceDefaults;

/// <summary>A stretch of a list.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="Next">What to ask with as <c>cursor</c> for the following items; null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A stretch of a list that is read as a whole, and that does not keep everything for ever.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="Next">What to ask with as <c>cursor</c> for the following items; null at the end.</param>
/// <param name="KeptSince">Nothing is missing of what began after this time; what began earlier may be forgotten, if it is over.</param>
public sealed record AuditPage<T>(IReadOnlyList<T> Items, string? Next, DateTimeOffset KeptSince);

/// <summary>Makes a <see cref="Page{T}"/>.</summary>
public static class Page
{
    /// <summary>Cuts <paramref name="rows"/>, of which one more than the limit was read, to a page.</summary>
    public static Page<TItem> Of<TRow, TItem, TPosition>(
        IReadOnlyList<TRow> rows, int limit, Func<TRow, TItem> item, Func<TRow, TPosition> position)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var next = rows.Count > limit ? Cursor.Encode(position(rows[limit - 1])) : null;
        return new Page<TItem>([.. rows.Take(limit).Select(item)], next);
    }

    /// <param name="since">To be asked for after the rows were read.</param>
    public static AuditPage<T> KeptSince<T>(this Page<T> page, DateTimeOffset since)
    {
        ArgumentNullException.ThrowIfNull(page);
        return new AuditPage<T>(page.Items, page.Next, since);
    }
}
