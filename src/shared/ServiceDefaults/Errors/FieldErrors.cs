using System.Collections;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.ServiceDefaults;

/// <summary>
/// Collects what is wrong with a request, field by field:
/// <code>
/// var errors = new FieldErrors();
/// errors.Require(request.Lines.Count > 0, "lines", "must not be empty");
/// if (errors.Any) return errors.Problem();
/// </code>
/// </summary>
public sealed class FieldErrors : IEnumerable<KeyValuePair<string, string[]>>
{
    readonly Dictionary<string, List<string>> byField = new(StringComparer.Ordinal);

    public bool Any => byField.Count > 0;

    public void Add(string field, string reason)
    {
        if (!byField.TryGetValue(field, out var reasons)) byField[field] = reasons = [];
        reasons.Add(reason);
    }

    /// <summary>Adds <paramref name="reason"/> unless <paramref name="valid"/>, which it returns.</summary>
    public bool Require(bool valid, string field, string reason)
    {
        if (!valid) Add(field, reason);
        return valid;
    }

    /// <summary>Requires text that is not blank, has at most <paramref name="maxLength"/> characters and no control characters.</summary>
    public bool RequireText(string? value, string field, int maxLength) =>
        Require(!string.IsNullOrWhiteSpace(value), field, "must not be empty") && AllowText(value, field, maxLength);

    /// <summary>As <see cref="RequireText"/>, for a field that may be absent or empty.</summary>
    public bool AllowText(string? value, string field, int maxLength) =>
        Require(value is null || value.Length <= maxLength, field, $"must have at most {maxLength} characters")
        && Require(value is null || !value.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')), field, "must not contain control characters");

    /// <inheritdoc cref="Problems.Validation(IEnumerable{KeyValuePair{string, string[]}})"/>
    public ProblemHttpResult Problem() => Problems.Validation(this);

    public IEnumerator<KeyValuePair<string, string[]>> GetEnumerator() =>
        byField.Select(field => new KeyValuePair<string, string[]>(field.Key, [.. field.Value])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
