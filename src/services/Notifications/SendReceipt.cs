using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>Money was taken: send the receipt.</summary>
[Topic("payment-confirmed")]
public sealed record PaymentConfirmed(Guid PaymentId, Guid OrderId, Guid CustomerId, decimal Amount, string Currency) : IEvent
{
    public Guid Subject => OrderId;
}

static class SendReceipt
{
    public static Task Handle(PaymentConfirmed payment, EventContext context) =>
        context.TellAsync(payment.CustomerId, Kind.PaymentReceipt, payment, payment.OrderId);
}
