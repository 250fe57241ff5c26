using Microsoft.AspNetCore.Http;

namespace Kampung.ServiceDefaults.Http;

/// <summary>Passes the headers that say who is calling on to the next service.</summary>
sealed class CallerForwarding(IHttpContextAccessor accessor) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (accessor.HttpContext?.Request.Headers.Authorization is [{ } token])
            request.Headers.TryAddWithoutValidation("Authorization", token);
        if (accessor.HttpContext?.Request.Headers[Caller.DevelopmentHeader] is [{ } caller] && !request.Headers.Contains(Caller.DevelopmentHeader))
            request.Headers.Add(Caller.DevelopmentHeader, caller);
        return base.SendAsync(request, ct);
    }
}
