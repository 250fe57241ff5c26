using System.Diagnostics;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Payments;

/// <summary>Set when payments were written down that are due at once.</summary>
sealed class PaymentsDue : Signal;

/// <summary>
/// Brings to its end what is due and nobody waits for: choreographed payments as soon as they are written down, what was called off after it was taken,
/// and what a crash left between asking the provider and noting its answer. Several at once, and no row in two instances.
/// </summary>
sealed class SettlePending(
    IServiceScopeFactory scopes, PaymentsDue signal, IOptionsMonitor<PaymentOptions> options, TimeProvider time, ILogger<SettlePending> log) : BackgroundService
{
    const int AtOnce = 8;
    const string CalledOffKey = CancelPayment.RefundKey;
    static readonly ActivitySource Source = new("Kampung.Payments");
    static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim places = new(AtOnce);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await SettleDueAsync(stoppingToken)) continue;
            }
            catch (Exception e) when (e is not OperationCanceledException) { log.LogWarning(e, "Due payments could not be settled now"); }
            var poll = options.CurrentValue.RecoverAfter / 4;
            await ((Task)signal.WaitAsync(poll < LongestPoll ? poll : LongestPoll, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        for (var i = 0; i < AtOnce; i++) await places.WaitAsync(CancellationToken.None);
    }

    /// <summary>Begins as many as there are places. False when no more are due.</summary>
    async Task<bool> SettleDueAsync(CancellationToken ct)
    {
        await places.WaitAsync(ct);
        places.Release();
        var free = places.CurrentCount;
        var due = await ClaimAsync(free, ct);
        foreach (var work in due) await BeginAsync(work, ct);
        return due.Count == free;
    }

    async Task BeginAsync(Work work, CancellationToken ct)
    {
        await places.WaitAsync(ct);
        _ = Task.Run(async () =>
        {
            try
            {
                await SettleAsync(work, ct);
            }
            finally
            {
                places.Release();
            }
        }, CancellationToken.None);
    }

    /// <summary>Moving the due time is the claim: another instance, or this one if it dies, finds the row in the future.</summary>
    async Task<IReadOnlyList<Work>> ClaimAsync(int atMost, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PaymentsDb>();
        var again = options.CurrentValue.RecoverAfter;
        var payments = await db.Payments.FromSql(
            $"""
            update payments set due = now() + {again} where id in
              (select id from payments where due <= now() order by due limit {atMost} for update skip locked)
            returning *
            """).AsNoTracking().ToListAsync(ct);
        var refunds = payments.Count == atMost ? [] : await db.Database.SqlQuery<PendingRefund>(
            $"""
            update refunds set due = now() + {again} where id in
              (select id from refunds where settled_at is null and due <= now() order by due limit {atMost - payments.Count} for update skip locked)
            returning id, payment_id, key, amount, created_at, due
            """).ToListAsync(ct);
        return
        [
            .. payments.Select(payment => new Work(payment.Id, payment.CreatedAt, payment.TraceParent, (settlement, stop) => SettlePaymentAsync(payment, settlement, stop))),
            .. refunds.Select(refund => new Work(refund.PaymentId, refund.CreatedAt, TraceParent: null, (settlement, stop) => settlement.SettleRefundAsync(
                refund.PaymentId, new(refund.Id, refund.Key, refund.Amount, refund.CreatedAt, refund.Due), stop))),
        ];
    }

    static async Task SettlePaymentAsync(Payment due, Settlement settlement, CancellationToken ct)
    {
        var payment = await settlement.SettleAsync(due, ct);
        if (payment is { CalledOff: true, Status: PaymentStatus.Succeeded }) await settlement.RefundAsync(payment.Id, CalledOffKey, amount: null, ct);
    }

    async Task SettleAsync(Work work, CancellationToken ct)
    {
        ActivityContext.TryParse(work.TraceParent, traceState: null, isRemote: true, out var parent);
        using var span = Source.StartActivity("settle payment", ActivityKind.Internal, parent);
        span?.SetTag("payment.id", work.PaymentId);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await work.SettleAsync(scope.ServiceProvider.GetRequiredService<Settlement>(), ct);
        }
        catch (ServiceDefaults.ServiceUnavailableException)
        {
            log.LogWarning("Payment {PaymentId} is still pending: the provider does not answer", work.PaymentId);
            await TryAgainSoonAsync(work, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            log.LogWarning(e, "Payment {PaymentId} could not be settled now", work.PaymentId);
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>After a second, later after as long as it is pending already, at most <see cref="PaymentOptions.RecoverAfter"/>.</summary>
    async Task TryAgainSoonAsync(Work work, CancellationToken ct)
    {
        var (pending, most) = (time.GetUtcNow() - work.Since, options.CurrentValue.RecoverAfter);
        var wait = pending < LongestPoll ? LongestPoll : pending;
        if (wait >= most) return;
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<PaymentsDb>().Database.ExecuteSqlAsync(
            $"""
            with refund as (update refunds set due = now() + {wait} where payment_id = {work.PaymentId} and settled_at is null)
            update payments set due = now() + {wait} where id = {work.PaymentId} and due is not null
            """, ct);
    }

    /// <param name="Since">When it was begun.</param>
    sealed record Work(Guid PaymentId, DateTimeOffset Since, string? TraceParent, Func<Settlement, CancellationToken, Task> SettleAsync);

    sealed record PendingRefund(Guid Id, Guid PaymentId, string Key, decimal Amount, DateTimeOffset CreatedAt, DateTimeOffset Due);
}
