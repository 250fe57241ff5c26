using System.Text.Json.Nodes;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Gateway.Aggregation;

/// <summary>
/// GET /api/home: what the shop shows first, in one trip: products and whose they are; and for a caller, the orders that are under way and how many notifications
/// are unread. The services are asked at the same time. <c>missing</c> names the parts that did not answer within two seconds; the others are there.
/// </summary>
static class Home
{
    const string Path = "/api/home";

    static readonly string[] Ended = ["completed", "rejected", "cancelled"];

    public static void MapHome(this WebApplication app) => app.MapGet(Path, (Delegate)Handle).WithMetadata(new RouteRules(Limits.BudgetKind.Browsing, Public: true));

    static async Task<JsonHttpResult<JsonObject>> Handle(HttpContext http)
    {
        var caller = http.User.Identity?.IsAuthenticated is true;
        var products = Part.Read("products", http, (inside, ct) => inside.Products.GetAsync("products?limit=24", ct));
        var orders = caller ? Part.Read("orders", http, (inside, ct) => inside.Orders.GetAsync("orders?limit=20", ct)) : Nothing("orders");
        var unread = caller ? Part.Read("notifications", http, (inside, ct) => inside.Notifications.GetAsync("notifications?channel=inApp&unread=true&limit=100", ct)) : Nothing("notifications");
        await Task.WhenAll(products, orders, unread);

        var shown = Items(await products);
        return TypedResults.Json(
            new JsonObject
            {
                ["stalls"] = shown is null ? null : new JsonArray([.. shown.Select(product => (string?)product?["stall"]).OfType<string>().Distinct().Order().Select(stall => JsonValue.Create(stall))]),
                ["products"] = shown?.DeepClone(),
                ["orders"] = Items(await orders) is { } placed
                    ? new JsonArray([.. placed.Where(order => !Ended.Contains((string?)order?["status"])).Select(order => order?.DeepClone())])
                    : null,
                ["unreadNotifications"] = Items(await unread)?.Count,
                ["missing"] = Part.Missing(await products, await orders, await unread),
            }, Json.Options);
    }

    static Task<Part> Nothing(string name) => Task.FromResult(new Part(name, null, IsMissing: false));

    static JsonArray? Items(Part part) => part.Json?["items"] as JsonArray;
}
