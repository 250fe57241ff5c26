using System.Net;
using System.Net.Http.Headers;

namespace Kampung.ServiceDefaults.Auth;

/// <summary>Requests to other services carry this service's own token. One that is refused is got anew, once.</summary>
sealed class OwnToken(ServiceTokens tokens) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var token = await tokens.GetAsync(ct);
        request.Headers.Authorization = new AuthenticationHeaderValue(BearerTokens.Scheme, token);
        var answer = await base.SendAsync(request, ct);
        if (answer.StatusCode != HttpStatusCode.Unauthorized || await tokens.OtherThanAsync(token, ct) is not { } other) return answer;
        answer.Dispose();
        request.Headers.Authorization = new AuthenticationHeaderValue(BearerTokens.Scheme, other);
        return await base.SendAsync(request, ct);
    }
}
