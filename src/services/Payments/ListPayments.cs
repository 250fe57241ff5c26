using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Payments;

/// <summary>The caller's own payments, an operator's are all; newest first, of one order or of all.</summary>
static class ListPayments
{
    public static void MapListPayments(this RouteGroupBuilder payments) => payments.MapGet("", Handle).WithName("ListPayments");

    static async Task<Page<PaymentView>> Handle(Caller caller, Paging paging, PaymentsDb db, CancellationToken ct, Guid? orderId = null)
    {
        var after = paging.After<Guid?>();
        var payments = await db.Payments.AsNoTracking()
            .Where(payment => caller.IsOperator || payment.CustomerId == caller.Id)
            .Where(payment => orderId == null || payment.OrderId == orderId)
            .Where(payment => after == null || payment.Id < after)
            .OrderByDescending(payment => payment.Id)
            .Take(paging.Limit + 1)
            .ToListAsync(ct);
        return Page.Of(payments, paging.Limit, payment => new PaymentView(payment), payment => payment.Id);
    }
}
