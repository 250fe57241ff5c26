using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Inventory;

/// <summary>The stock, for operators: found by a word of its title, its number or its stall, in the order of the titles.</summary>
static class ReadStock
{
    const int MaxSearch = 200;
    const string Escape = @"\";

    sealed record Position(string Title, Guid VariantId);

    public static void MapReadStock(this RouteGroupBuilder stock)
    {
        stock.MapGet("", List).WithName("ListStock");
        stock.MapGet("/{variantId:guid}", Get).WithName("GetStock");
    }

    static async Task<Results<Ok<Page<StockView>>, ProblemHttpResult>> List(Paging paging, InventoryDb db, CancellationToken ct, string? search = null)
    {
        var errors = new FieldErrors();
        if (!errors.AllowText(search, "search", MaxSearch)) return errors.Problem();
        var after = paging.After<Position>();
        var words = $"%{search?.Trim().Replace(Escape, Escape + Escape).Replace("%", Escape + "%").Replace("_", Escape + "_")}%";
        var stock = await db.Stock.AsNoTracking()
            .Where(s => string.IsNullOrWhiteSpace(search) || EF.Functions.ILike(s.Title, words, Escape)
                || EF.Functions.ILike(s.Sku, words, Escape) || EF.Functions.ILike(s.Stall, words, Escape))
            .Where(s => after == null || s.Title.CompareTo(after.Title) > 0 || (s.Title == after.Title && s.VariantId > after.VariantId))
            .OrderBy(s => s.Title).ThenBy(s => s.VariantId)
            .Take(paging.Limit + 1)
            .ToListAsync(ct);
        return TypedResults.Ok(Page.Of(stock, paging.Limit, s => new StockView(s), s => new Position(s.Title, s.VariantId)));
    }

    static async Task<Results<Ok<StockView>, ProblemHttpResult>> Get(Guid variantId, InventoryDb db, CancellationToken ct) =>
        await db.Stock.AsNoTracking().SingleOrDefaultAsync(s => s.VariantId == variantId, ct) is { } stock
            ? TypedResults.Ok(new StockView(stock))
            : Problems.NotFound("variant", variantId);
}
