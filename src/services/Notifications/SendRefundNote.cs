using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>Money was given back: say so.</summary>
[Topic("payment-refunded")]
public sealed record PaymentRefunded(Guid PaymentId, Guid OrderId, Guid CustomerId, decimal Amount, string Currency, string? Reason = null) : IEvent
{
    public Guid Subject => OrderId;
}

static class SendRefundNote
{
    public static Task Handle(PaymentRefunded payment, EventContext context) =>
        context.TellAsync(payment.CustomerId, Kind.PaymentRefunded, payment, payment.OrderId);
}
