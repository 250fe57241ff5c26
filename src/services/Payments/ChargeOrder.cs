using System.Diagnostics;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Payments;

/// <summary>A choreographed order that is charged when both are known: what it costs, and that its stock is set aside. Whichever is heard first waits here for the other.</summary>
public sealed class AwaitedOrder
{
    public Guid OrderId { get; private init; }
    public Guid? CustomerId { get; private init; }
    public decimal? Amount { get; private init; }
    public string? Currency { get; private init; }
    public string? Token { get; private init; }
    public string? TraceParent { get; private init; }
    public bool StockReserved { get; private init; }
    public DateTimeOffset HeardAt { get; private init; }

    public OrderTerms? Terms => StockReserved && CustomerId is { } customer ? new(OrderId, customer, Amount!.Value, Currency!, Token ?? "", TraceParent) : null;
}

/// <summary>What an order costs, and how it is paid.</summary>
public sealed record OrderTerms(Guid OrderId, Guid CustomerId, decimal Amount, string Currency, string Token, string? TraceParent)
{
    /// <summary>Why this can never be paid here, without asking the provider; null when it can.</summary>
    public string? Refusal(decimal maxAmount) =>
        !Payments.Currency.IsKnown(Currency) ? "currency not taken"
        : !Payments.Currency.Fits(Currency, Amount) ? "amount not payable in its currency"
        : Amount > maxAmount ? "amount over the limit"
        : null;
}

/// <summary>
/// Charges a choreographed order once it is placed and its stock is set aside. Nothing is asked of the provider here: the payment is written down as due
/// in the transaction of the events, and <see cref="SettlePending"/> is woken by the commit. When an order that has its payment is placed anew, somebody may have missed
/// what came of it: it is said anew.
/// </summary>
static class ChargeOrder
{
    /// <exception cref="ArgumentException">There is nothing to pay: such orders are the chief's.</exception>
    public static Task WhenPlaced(OrderPlaced placed, EventContext context)
    {
        if (placed.Flow == Flow.Choreographed && placed.Total <= 0) throw new ArgumentException($"The order {placed.OrderId} has nothing to pay.", nameof(placed));
        if (placed.Flow == Flow.Choreographed)
            context.Services.GetRequiredService<Cashier>().Expect(
                new(placed.OrderId, placed.CustomerId, placed.Total, placed.Currency, placed.PaymentToken ?? "", Activity.Current?.Id));
        return Task.CompletedTask;
    }

    public static Task WhenReserved(StockReserved reserved, EventContext context)
    {
        if (reserved.Flow == Flow.Choreographed) context.Services.GetRequiredService<Cashier>().Allow(reserved.OrderId);
        return Task.CompletedTask;
    }
}

/// <summary>Collects what the events of one transaction say, and writes it down in one statement of each kind, in the order of the orders' ids.</summary>
sealed class Cashier(PaymentsDb db, TimeProvider time, IOptionsMonitor<PaymentOptions> options)
{
    readonly Dictionary<Guid, OrderTerms> expected = [];
    readonly HashSet<Guid> allowed = [];
    readonly Dictionary<Guid, Payment> cancelled = [];

    public void Expect(OrderTerms order) => expected[order.OrderId] = order;

    public void Allow(Guid orderId) => allowed.Add(orderId);

    /// <param name="instead">The payment of the order if it has none yet, so that none can be taken any more.</param>
    public void CallOff(Payment instead) => cancelled[instead.OrderId] = instead;

    /// <summary>The end of a transaction of events.</summary>
    public static Task CarryOut(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<Cashier>().CarryOutAsync(ct);

    async Task CarryOutAsync(CancellationToken ct)
    {
        if (cancelled.Count > 0) await CallOffAsync([.. cancelled.Values.OrderBy(payment => payment.OrderId)], ct);
        if (expected.Count + allowed.Count == 0) return;

        var noted = await NoteAsync([.. expected.Keys.Union(allowed).Order()], ct);
        var known = expected.Keys.Except(noted.Select(order => order.OrderId)).ToList();
        if (known.Count > 0) await SayAgainAsync(known, ct);

        var complete = noted.Select(order => order.Terms).OfType<OrderTerms>().OrderBy(order => order.OrderId).ToList();
        if (complete.Count == 0) return;
        var now = time.GetUtcNow();
        var payments = complete.ConvertAll(order => Payment.Of(order, order.Refusal(options.CurrentValue.MaxAmount), now));
        var added = await AddAsync(payments, ct);
        foreach (var refused in payments.Where(payment => payment.Status == PaymentStatus.Declined && added.Contains(payment.OrderId)))
            db.Publish(new PaymentFailed(refused, refused.Reason!), ActivityContext.TryParse(refused.TraceParent, traceState: null, out var cause) ? cause : default);
        await ForgetAsync([.. complete.Select(order => order.OrderId)], ct);
    }

    async Task SayAgainAsync(List<Guid> orders, CancellationToken ct)
    {
        foreach (var payment in await db.Payments.AsNoTracking().Where(payment => orders.Contains(payment.OrderId)).OrderBy(payment => payment.OrderId).ToListAsync(ct))
            if (payment.Outcome() is { } fact) db.Publish(fact);
    }

    /// <returns>The orders that have no payment yet.</returns>
    Task<List<AwaitedOrder>> NoteAsync(Guid[] orders, CancellationToken ct)
    {
        var terms = Array.ConvertAll(orders, expected.GetValueOrDefault);
        return db.AwaitedOrders.FromSql(
            $"""
            insert into awaited_orders as awaited (order_id, customer_id, amount, currency, token, trace_parent, stock_reserved, heard_at)
            select heard.*, {time.GetUtcNow()} from unnest({orders}, {Array.ConvertAll(terms, order => order?.CustomerId)}, {Array.ConvertAll(terms, order => order?.Amount)},
              {Array.ConvertAll(terms, order => order?.Currency)}, {Array.ConvertAll(terms, order => order?.Token)}, {Array.ConvertAll(terms, order => order?.TraceParent)},
              {Array.ConvertAll(orders, allowed.Contains)}) as heard (order_id)
            where not exists (select 1 from payments where payments.order_id = heard.order_id)
            on conflict (order_id) do update set
              customer_id = coalesce(awaited.customer_id, excluded.customer_id), amount = coalesce(awaited.amount, excluded.amount),
              currency = coalesce(awaited.currency, excluded.currency), token = coalesce(awaited.token, excluded.token),
              trace_parent = coalesce(awaited.trace_parent, excluded.trace_parent), stock_reserved = awaited.stock_reserved or excluded.stock_reserved
            returning *
            """).AsNoTracking().ToListAsync(ct);
    }

    /// <returns>The orders that had no payment.</returns>
    async Task<HashSet<Guid>> AddAsync(List<Payment> payments, CancellationToken ct) => [.. await db.Database.SqlQuery<Guid>(
        $"""
        insert into payments (id, order_id, customer_id, amount, currency, token, trace_parent, status, reason, due, flow, refunded, called_off, created_at)
        select added.*, {nameof(Flow.Choreographed)}, 0, false, {payments[0].CreatedAt} from unnest(
          {Each(payments, p => p.Id)}, {Each(payments, p => p.OrderId)}, {Each(payments, p => p.CustomerId)}, {Each(payments, p => p.Amount)}, {Each(payments, p => p.Currency)},
          {Each(payments, p => p.Token)}, {Each(payments, p => p.TraceParent)}, {Each(payments, p => p.Status.ToString())}, {Each(payments, p => p.Reason)}, {Each(payments, p => p.Due)}) as added
        on conflict (order_id) do nothing
        returning order_id
        """).ToListAsync(ct)];

    async Task CallOffAsync(List<Payment> payments, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into payments as payment (id, order_id, customer_id, amount, currency, status, reason, flow, refunded, called_off, created_at)
            select added.*, {nameof(Flow.Choreographed)}, 0, false, {payments[0].CreatedAt} from unnest(
              {Each(payments, p => p.Id)}, {Each(payments, p => p.OrderId)}, {Each(payments, p => p.CustomerId)}, {Each(payments, p => p.Amount)}, {Each(payments, p => p.Currency)},
              {Each(payments, p => p.Status.ToString())}, {Each(payments, p => p.Reason)}) as added
            on conflict (order_id) do update set called_off = true, due = now() where payment.status in ('Pending', 'Succeeded') and not payment.called_off
            """, ct);
        await ForgetAsync(Each(payments, p => p.OrderId), ct);
    }

    Task<int> ForgetAsync(Guid[] orders, CancellationToken ct) => db.AwaitedOrders.Where(order => orders.Contains(order.OrderId)).ExecuteDeleteAsync(ct);

    static T[] Each<T>(List<Payment> payments, Func<Payment, T> value) => [.. payments.Select(value)];
}

/// <summary>Forgets orders that were never charged: their stock was not there, or they were called off before all was heard.</summary>
static class ForgetAwaitedOrders
{
    public static Task<int> HeardBefore(PaymentsDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from awaited_orders where order_id in
          (select order_id from awaited_orders where heard_at < {before} order by heard_at limit {atMost} for update skip locked)
        """, ct);
}
