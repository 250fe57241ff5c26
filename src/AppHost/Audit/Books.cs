using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost.Audit;

/// <summary>What the services' audit pages say, read at one moment. A service that this village does not run has nothing to say.</summary>
public sealed record Books(
    IReadOnlyList<Order> Orders,
    IReadOnlyList<Reservation> Reservations,
    IReadOnlyList<Stock> Stock,
    IReadOnlyList<Payment> Payments,
    IReadOnlyList<Ticket> Tickets,
    IReadOnlyList<Delivery> Deliveries,
    IReadOnlyList<Notification> Notifications,
    IReadOnlyList<Unreachable> Unreachables,
    IReadOnlyList<Outbox> Outboxes,
    IReadOnlyList<DeadLetter> DeadLetters)
{
    /// <summary>Whether nothing is under way any more: every order ended, every event sent, every letter too.</summary>
    public bool IsQuiet =>
        Orders.All(order => order.HasEnded) && Outboxes.All(outbox => outbox.Waiting == 0) && Notifications.All(notification => notification.State != "pending");

    /// <exception cref="HttpRequestException">A service does not answer, or not with a page.</exception>
    public static async Task<Books> ReadAsync(IReadOnlyList<ProcessStatus> processes, HttpClient http, CancellationToken stop)
    {
        var orders = ReadAllAsync<Order>("order-service", "/audit/orders");
        var reservations = ReadAllAsync<Reservation>("inventory-service", "/audit/reservations");
        var stock = ReadAllAsync<Stock>("inventory-service", "/audit/stock");
        var payments = ReadAllAsync<Payment>("payment-service", "/audit/payments");
        var tickets = ReadAllAsync<Ticket>("kitchen-service", "/audit/tickets");
        var deliveries = ReadAllAsync<Delivery>("delivery-service", "/audit/deliveries");
        var notifications = ReadAllAsync<Notification>("notification-service", "/audit/notifications");
        var unreachables = ReadAllAsync<Unreachable>("notification-service", "/audit/unreachables");
        var services = Village.Services.Select(service => service.Name).Append(Village.Identity).Where(Runs).ToList();
        var outboxes = Task.WhenAll(services.Select(async service => await GetAsync<Outbox>(service, "/outbox") with { Service = service }));
        var deadLetters = Task.WhenAll(services.Select(async service =>
            (await ReadAllAsync<DeadLetter>(service, "/dead-letters?limit=200")).Select(letter => letter with { Service = service })));
        return new Books(await orders, await reservations, await stock, await payments, await tickets, await deliveries, await notifications, await unreachables,
            await outboxes, [.. (await deadLetters).SelectMany(letters => letters)]);

        bool Runs(string service) => processes.Any(process => process.Service == service);

        async Task<IReadOnlyList<T>> ReadAllAsync<T>(string service, string path)
        {
            List<T> all = [];
            if (!Runs(service)) return all;
            for (string? cursor = ""; cursor is not null;)
            {
                var page = await GetAsync<Page<T>>(service, cursor.Length == 0 ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={Uri.EscapeDataString(cursor)}");
                all.AddRange(page.Items);
                cursor = page.Next;
            }
            return all;
        }

        async Task<T> GetAsync<T>(string service, string path)
        {
            var process = processes.FirstOrDefault(process => process.Service == service && process.State == ProcessState.Up) ?? processes.First(process => process.Service == service);
            try
            {
                using var answer = await http.GetAsync($"{process.Address}{path}", stop);
                if (answer.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"{path} of {process.Name} answers {(int)answer.StatusCode}");
                return (await answer.Content.ReadFromJsonAsync<T>(Json, stop))!;
            }
            catch (Exception e) when (e is JsonException || (e is HttpRequestException or OperationCanceledException && !e.Message.StartsWith('/') && !stop.IsCancellationRequested))
            {
                throw new HttpRequestException($"{path} of {process.Name} cannot be read ({process.State.ToString().ToLowerInvariant()}): {e.Message}", e);
            }
        }
    }

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null);
}

public sealed record Line(Guid VariantId, int Quantity, bool Counted = true);

/// <summary>Why an order does not go on by itself.</summary>
public sealed record Waiting(string? Step, int Attempts, string? Reason, DateTimeOffset? Since);

/// <summary>As order-service has it.</summary>
public sealed record Order(Guid OrderId, Guid CustomerId, string Status, string Flow, string Currency, decimal Total, IReadOnlyList<Line> Lines, DateTimeOffset PlacedAt, Waiting? Waiting = null)
{
    [JsonIgnore] public bool IsUndone => Status is "rejected" or "cancelled";

    /// <summary>Whether the customer gets it, as far as is known.</summary>
    [JsonIgnore] public bool Stands => Status is "confirmed" or "completed";

    [JsonIgnore] public bool HasEnded => IsUndone || Status == "completed";
}

public sealed record Reservation(Guid OrderId, string Status, IReadOnlyList<Line> Lines);

public sealed record Stock(Guid VariantId, bool Counted, long Received, long OnHand, long Reserved, long Sold);

/// <summary>What payment-service believes (Amount, Refunded, Status), beside what the provider's own ledger says. No status: only the provider knows of it.</summary>
public sealed record Payment(Guid OrderId, string Currency, decimal ProviderCharged, decimal ProviderRefunded, string? Status = null, decimal Amount = 0, decimal Refunded = 0)
{
    [JsonIgnore] public decimal Charged => Status is "succeeded" or "refunded" ? Amount : 0;
}

public sealed record Ticket(Guid OrderId, Guid TicketId, string Stall, string Status);

public sealed record Delivery(Guid OrderId, string Status);

/// <summary>How many there are of one kind and channel about one thing.</summary>
public sealed record Notification(Guid About, Guid CustomerId, string Kind, string Channel, string State, int Count, Guid? OrderId = null);

/// <summary>A customer who is not told some kinds, by choice; or nothing at all, having left.</summary>
public sealed record Unreachable(Guid CustomerId, bool Left, IReadOnlyList<string> Muted);

public sealed record Outbox(long Waiting, DateTimeOffset? Oldest = null, string Service = "");

public sealed record DeadLetter(Guid Id, string Topic, string? Key, int Attempts, string? Error, string? TraceId, int Waiting, string Service = "");
