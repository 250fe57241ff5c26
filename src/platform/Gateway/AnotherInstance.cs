using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Kampung.Gateway;

/// <summary>
/// Sends a request that failed to another instance, when doing so cannot make anything happen twice: nothing was sent because no connection was made, or
/// the request only reads (GET, HEAD) and no byte of an answer has gone out.
/// </summary>
static class AnotherInstance
{
    public static async Task Retry(HttpContext context, RequestDelegate next)
    {
        var proxy = context.GetReverseProxyFeature();
        var untried = proxy.AvailableDestinations;
        await next(context);
        while (MayRepeat(context))
        {
            untried = [.. untried.Where(instance => instance != proxy.ProxiedDestination)];
            if (untried.Count == 0)
                return;
            context.Response.Clear();
            context.Features.Set<IForwarderErrorFeature>(null);
            proxy.AvailableDestinations = untried;
            await next(context);
        }
    }

    /// <summary>Whether the instance was not there, so that it cannot have done anything.</summary>
    public static bool NothingWasSent(IForwarderErrorFeature failure) => failure is
    {
        Error: ForwarderError.Request,
        Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError },
    };

    static bool MayRepeat(HttpContext context) =>
        context.GetForwarderErrorFeature() is { } failure
        && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested
        && (NothingWasSent(failure) || (OnlyReads(context) && AnswerWasLost(failure)));

    static bool OnlyReads(HttpContext context) =>
        (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    static bool AnswerWasLost(IForwarderErrorFeature failure) =>
        failure.Error is ForwarderError.Request or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;
}
