using System.Collections.Concurrent;

namespace Kampung.Testing;

/// <summary>Who sends a request.</summary>
public static class TestRequests
{
    static readonly ConcurrentDictionary<Guid, string> CustomerTokens = new();

    /// <summary>With a good token of the tests' issuer, of a customer unless other roles are given.</summary>
    public static HttpRequestMessage As(this HttpRequestMessage request, Guid subject, params IReadOnlyList<string> roles) => request.With(
        roles.Count == 0 ? CustomerTokens.GetOrAdd(subject, id => TestIssuer.Shared.Token(id, "customer")) : TestIssuer.Shared.Token(subject, roles));

    /// <summary>With this token; null: with none at all.</summary>
    public static HttpRequestMessage With(this HttpRequestMessage request, string? token)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Headers.Remove("Authorization");
        // A header that is there keeps the client's own one away, also when there is nothing in it.
        request.Headers.TryAddWithoutValidation("Authorization", token is null ? "" : $"Bearer {token}");
        return request;
    }
}
