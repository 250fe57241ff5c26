using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Yarp.ReverseProxy.Forwarder;

namespace Kampung.Gateway;

/// <summary>Says in problem details (RFC 9457) why a request could not be forwarded. What a service answered by itself passes as it is.</summary>
static partial class ForwardingProblems
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public static async Task Explain(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;

        var proxy = context.GetReverseProxyFeature();
        var service = proxy.Cluster.Config.ClusterId;
        NotForwarded(
            context.RequestServices.GetRequiredService<ILogger<RouteTable>>(), context.Request.Method, context.Request.Path.Value, service,
            proxy.ProxiedDestination?.DestinationId ?? "no instance", failure.Error, failure.Exception?.GetBaseException().Message);

        var status = context.Response.StatusCode;
        context.Response.Clear();
        await Describe(failure, status, service).ExecuteAsync(context);
    }

    /// <summary>A body that says it is larger than its route allows is refused before anything goes inside.</summary>
    public static Task RefuseLargeBody(HttpContext context, RequestDelegate next)
    {
        var limit = context.GetReverseProxyFeature().Route.Config.MaxRequestBodySize
            ?? context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return context.Request.ContentLength > limit ? Problems.Of(StatusCodes.Status413PayloadTooLarge).ExecuteAsync(context) : next(context);
    }

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} was not forwarded to {Service} at {Instance}: {Error} {Reason}")]
    static partial void NotForwarded(ILogger log, string method, string? path, string service, string instance, ForwarderError error, string? reason);

    static ProblemHttpResult Describe(IForwarderErrorFeature failure, int status, string service)
    {
        if (failure.Error == ForwarderError.NoAvailableDestinations || AnotherInstance.NothingWasSent(failure))
            return Problems.Unavailable(service, RetryAfter);
        return status switch
        {
            // YARP's own: the client's body was too large, broke off or came too slowly
            >= 400 and < 500 => Problems.Of(status),
            StatusCodes.Status504GatewayTimeout => Problems.Of(status, $"{service} did not answer in time. What was asked may still be done."),
            _ => Problems.Of(StatusCodes.Status502BadGateway, $"{service} broke off before its answer was complete."),
        };
    }
}
