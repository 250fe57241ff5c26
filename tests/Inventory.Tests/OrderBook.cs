using System.Collections.Concurrent;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kampung.Inventory.Tests;

/// <summary>Stands for order-service: says whether an order was placed, or nothing at all.</summary>
public sealed class OrderBook : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentDictionary<Guid, int> asked = [];

    OrderBook(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    /// <summary>Orders that were placed.</summary>
    public ConcurrentDictionary<Guid, bool> Placed { get; } = [];

    public bool IsAway { get; set; }

    public static async Task<OrderBook> OpenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var book = new OrderBook(builder.Build());
        book.app.Urls.Add("http://127.0.0.1:0");
        book.app.MapGet("/orders/{id:guid}/status", book.Answer);
        await book.app.StartAsync();
        return book;
    }

    /// <summary>It was asked for this order.</summary>
    public Task WasAsked(Guid order) => Eventually.Is(() => asked.ContainsKey(order), text: $"order-service is asked for {order}");

    IResult Answer(Guid id)
    {
        asked.AddOrUpdate(id, 1, (_, times) => times + 1);
        return IsAway ? Results.StatusCode(503) : Placed.ContainsKey(id) ? Results.Json(new { id, status = "placed" }) : Results.StatusCode(404);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
