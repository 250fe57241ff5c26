using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Payments;

/// <summary>
/// Heals what a crash left between asking the provider and noting its answer, when nobody comes back to ask: takes pending payments and refunds that are overdue,
/// a few at a time and no row in two instances at once, and settles them.
/// </summary>
sealed class SettlePending(IServiceScopeFactory scopes, IOptionsMonitor<PaymentOptions> options, ILogger<SettlePending> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try { await SettleOverdueAsync(stoppingToken); }
            catch (Exception e) when (e is not OperationCanceledException) { log.LogWarning(e, "Overdue payments could not be settled now"); }
            await Task.Delay(options.CurrentValue.RecoverAfter / 4, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task SettleOverdueAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PaymentsDb>();
        var settlement = scope.ServiceProvider.GetRequiredService<Settlement>();
        var again = options.CurrentValue.RecoverAfter;

        // Moving the due time is the claim: another instance finds the row in the future.
        var payments = await db.Payments.FromSql(
            $"""
            update payments set due = now() + {again} where id in
              (select id from payments where status = 'Pending' and due <= now() order by due limit 20 for update skip locked)
            returning *
            """).AsNoTracking().ToListAsync(ct);
        foreach (var payment in payments)
            await Settle(payment.Id, settlement.SettleAsync(payment, ct));

        var refunds = await db.Database.SqlQuery<PendingRefund>(
            $"""
            update refunds set due = now() + {again} where id in
              (select id from refunds where settled_at is null and due <= now() order by due limit 20 for update skip locked)
            returning id, payment_id, key, amount, created_at, due
            """).ToListAsync(ct);
        foreach (var refund in refunds)
            await Settle(refund.PaymentId, settlement.SettleRefundAsync(refund.PaymentId, new(refund.Id, refund.Key, refund.Amount, refund.CreatedAt, refund.Due), ct));
    }

    async Task Settle(Guid paymentId, Task<Payment> settling)
    {
        try
        {
            await settling;
            log.LogInformation("Payment {PaymentId} was pending for long and is settled now", paymentId);
        }
        catch (ServiceDefaults.ServiceUnavailableException) { log.LogWarning("Payment {PaymentId} is still pending: the provider does not answer", paymentId); }
    }

    sealed record PendingRefund(Guid Id, Guid PaymentId, string Key, decimal Amount, DateTimeOffset CreatedAt, DateTimeOffset Due);
}
