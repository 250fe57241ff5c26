using Microsoft.AspNetCore.Http;

namespace Kampung.ServiceDefaults.Http;

/// <summary>Passes the token of who is calling on to the next service.</summary>
sealed class CallerForwarding(IHttpContextAccessor accessor) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (accessor.HttpContext?.Request.Headers.Authorization is [{ } token])
            request.Headers.TryAddWithoutValidation("Authorization", token);
        return base.SendAsync(request, ct);
    }
}
