using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Kampung.Inventory;

/// <summary>Pieces found, delivered, broken or given away. Done once for each key, and kept: it is part of what was received.</summary>
public sealed record Adjustment(string Key, Guid VariantId, long Delta, string Reason, DateTimeOffset CreatedAt);

/// <summary>An operator puts pieces on the shelf, or takes some from it; never more than there are.</summary>
static class AdjustStock
{
    const string IdempotencyKey = "Idempotency-Key";
    const int MostPieces = 1_000_000_000;

    public sealed record Request(Guid VariantId, int Delta, string Reason);

    public static void MapAdjustStock(this RouteGroupBuilder stock) => stock.MapPost("/adjustments", Handle).WithName("AdjustStock");

    static async Task<Results<Ok<StockView>, ProblemHttpResult>> Handle(
        Request request, [FromHeader(Name = IdempotencyKey)] string? key, InventoryDb db, TimeProvider time, CancellationToken ct)
    {
        if (Validate(request, key) is { Any: true } errors) return errors.Problem();

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if ((await db.LockStockAsync([request.VariantId], ct)).GetValueOrDefault(request.VariantId) is not { } stock) return Problems.NotFound("variant", request.VariantId);
        if (await db.Adjustments.FindAsync([key], ct) is { } known)
            return (known.VariantId, known.Delta, known.Reason) == (request.VariantId, request.Delta, request.Reason)
                ? TypedResults.Ok(new StockView(stock))
                : Problems.Unprocessable("idempotency-key-reused", "The key was used for another adjustment");
        if (!stock.Counted) return Problems.Unprocessable("not-counted", "Nobody counts this variant", "There is always enough of it, so there is nothing to adjust.");
        if (!stock.Receive(request.Delta))
            return Problems.Unprocessable("stock-below-zero", "There are not as many on the shelf", $"{stock.OnHand} are there that are not set aside or sold.");

        db.Adjustments.Add(new(key!, request.VariantId, request.Delta, request.Reason, time.GetUtcNow()));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return TypedResults.Ok(new StockView(stock));
    }

    static FieldErrors Validate(Request request, string? key)
    {
        var errors = new FieldErrors();
        errors.RequireText(key, IdempotencyKey, maxLength: 255);
        errors.RequireText(request.Reason, "reason", maxLength: 500);
        errors.Require(request.Delta is not 0 and >= -MostPieces and <= MostPieces, "delta", $"must be 1 to {MostPieces} pieces, or as many less");
        return errors;
    }
}
