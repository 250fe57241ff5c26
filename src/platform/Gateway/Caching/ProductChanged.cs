using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Gateway.Caching;

/// <summary>A product changed, so that no list and no page with it is good any more. Each instance of the gateway hears it.</summary>
[Topic("product-changed")]
sealed record ProductChanged(Guid ProductId) : IEvent
{
    [JsonIgnore]
    public Guid Subject => ProductId;

    public static Task EmptyCache(ProductChanged change, EventContext context) => context.Services.GetRequiredService<OutputCache>().Empty();
}
