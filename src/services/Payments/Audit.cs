using Kampung.Payments.Provider;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Payments;

/// <summary>
/// Our books beside the provider's own, for whoever checks that they balance: every order that is in either of them. One that only the provider knows
/// has no status.
/// </summary>
static class Audit
{
    public sealed record PaymentEntry(
        Guid OrderId, PaymentStatus? Status, decimal Amount, decimal Refunded, string Currency, decimal ProviderCharged, decimal ProviderRefunded);

    public static void MapAudit(this WebApplication app) => app.MapGroup("/audit").WithTags("Audit").OnlyFor(Role.Operator).MapGet("/payments", Payments).WithName("AuditPayments");

    static async Task<Page<PaymentEntry>> Payments(AuditPaging paging, PaymentsDb db, IPaymentProvider provider, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var ours = await db.Payments.AsNoTracking().Where(payment => after == null || payment.OrderId > after)
            .OrderBy(payment => payment.OrderId).Take(paging.Limit + 1).ToDictionaryAsync(payment => payment.OrderId, ct);
        var theirs = (await provider.StatementAsync(after, paging.Limit + 1, ct)).ToDictionary(line => line.Reference);
        // Each list has its first ones, so the first ones of both together are here.
        var orders = ours.Keys.Union(theirs.Keys).Order().Take(paging.Limit + 1).ToList();
        return Page.Of(orders, paging.Limit, order => Entry(order, ours.GetValueOrDefault(order), theirs.GetValueOrDefault(order)), order => order);
    }

    static PaymentEntry Entry(Guid order, Payment? ours, StatementLine? theirs) => new(order, ours?.Status, ours?.Amount ?? 0, ours?.Refunded ?? 0,
        ours?.Currency ?? theirs!.Currency, theirs?.Charged ?? 0, theirs?.Refunded ?? 0);
}
