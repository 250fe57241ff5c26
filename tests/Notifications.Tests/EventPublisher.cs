using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Kampung.Notifications.Tests;

/// <summary>Publishes CloudEvents in Kafka's binary mode, as any service may.</summary>
public sealed class EventPublisher(string bootstrapServers) : IDisposable
{
    readonly IProducer<string, byte[]> producer = new ProducerBuilder<string, byte[]>(
        new ProducerConfig { BootstrapServers = bootstrapServers, Acks = Acks.All, LingerMs = 0 }).Build();

    /// <returns>The event's id.</returns>
    public async Task<Guid> Publishes(string topic, Guid subject, object body, Guid? id = null, string? traceparent = null, DateTimeOffset? time = null)
    {
        var eventId = id ?? Guid.CreateVersion7();
        var headers = new Headers();
        void Add(string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));
        Add("ce_specversion", "1.0");
        Add("ce_id", $"{eventId}");
        Add("ce_type", $"kampung.{topic}.v1");
        Add("ce_source", "a-test");
        Add("ce_time", (time ?? DateTimeOffset.UtcNow).ToString("O"));
        Add("ce_subject", $"{subject}");
        Add("content-type", "application/json");
        if (traceparent is not null) Add("traceparent", traceparent);
        await producer.ProduceAsync(topic, new() { Key = $"{subject}", Value = JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web), Headers = headers });
        return eventId;
    }

    /// <summary>Not a CloudEvent at all.</summary>
    public Task PublishesGarbage(string topic, Guid key, byte[] bytes) => producer.ProduceAsync(topic, new() { Key = $"{key}", Value = bytes });

    public void Dispose() => producer.Dispose();
}

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
