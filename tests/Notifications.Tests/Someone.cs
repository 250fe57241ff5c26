namespace Kampung.Notifications.Tests;

/// <summary>A customer as customer-service tells of them, with an order as order-service and payment-service tell of it.</summary>
public sealed record Someone(string Name = "Siti binti Osman", string? Locale = null, string? Phone = "+60 12-345 6789")
{
    public Guid Id { get; } = Guid.CreateVersion7();
    public Guid OrderId { get; init; } = Guid.CreateVersion7();
    public string Email { get; init; } = $"siti.{Guid.NewGuid():N}@example.com";

    public object Registered => new { customerId = Id, name = Name, email = Email, locale = Locale, phone = Phone, registeredAt = DateTimeOffset.UtcNow };

    public object Order(string? reason = null) => new
    {
        orderId = OrderId,
        customerId = Id,
        currency = "MYR",
        total = 1_234.50m,
        lines = new[]
        {
            new { variantId = Guid.NewGuid(), productId = Guid.NewGuid(), title = "Satay", variantTitle = (string?)"10 sticks", stall = (string?)"Sate Kajang", kind = "prepared", quantity = 3, unitPrice = 400.00m },
            new { variantId = Guid.NewGuid(), productId = Guid.NewGuid(), title = "Teh tarik", variantTitle = (string?)null, stall = (string?)null, kind = "prepared", quantity = 1, unitPrice = 34.50m },
        },
        placedAt = DateTimeOffset.UtcNow,
        reason,
    };

    public object Payment(string? reason = null) =>
        new { paymentId = Guid.NewGuid(), orderId = OrderId, customerId = Id, amount = 1_234.50m, currency = "MYR", reason };

    public object Meal(int remaining) =>
        new { ticketId = Guid.NewGuid(), orderId = OrderId, customerId = Id, stall = "Sate Kajang", station = "Sate Kajang 1", remaining };

    public object Delivery => new { deliveryId = Guid.NewGuid(), orderId = OrderId, customerId = Id, rider = new { id = Guid.NewGuid(), name = "Ali" } };

    public static string MessageId(string kind, Guid about) => $"{kind}.{about}@kampung.example";
}
