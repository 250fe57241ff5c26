using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost.Audit;

/// <summary>What the services' audit pages say, read at one moment, and how far their consumer groups have read. A service that this village does not run has nothing to say.</summary>
public sealed record Books
{
    public DateTimeOffset At { get; init; } = DateTimeOffset.UtcNow;
    public IReadOnlyList<Order> Orders { get; init; } = [];
    public IReadOnlyList<Reservation> Reservations { get; init; } = [];
    public IReadOnlyList<Stock> Stock { get; init; } = [];
    public IReadOnlyList<Payment> Payments { get; init; } = [];
    public IReadOnlyList<Ticket> Tickets { get; init; } = [];
    public IReadOnlyList<Delivery> Deliveries { get; init; } = [];
    public IReadOnlyList<Notification> Notifications { get; init; } = [];

    /// <summary>Customers who are not told everything by every usual channel.</summary>
    public IReadOnlyList<Unreachable> Unreachables { get; init; } = [];

    public IReadOnlyList<Outbox> Outboxes { get; init; } = [];
    public IReadOnlyList<DeadLetter> DeadLetters { get; init; } = [];
    public EventLog Log { get; init; } = new();

    /// <summary>How far back the books go that do not keep everything for ever.</summary>
    public KeptSince Kept { get; init; } = new();

    /// <summary>Whether nothing is under way any more: every order ended, every event sent, taken in and handled, every letter sent.</summary>
    public bool IsQuiet => Orders.All(order => order.HasEnded) && NothingOnItsWay && Notifications.All(notification => notification.State != "pending");

    /// <summary>Whether no event is left that could bring anything further, now or at a later attempt.</summary>
    public bool NothingOnItsWay => Outboxes.All(outbox => outbox is { Waiting: 0, Parked: 0 }) && Log.IsRead;

    /// <exception cref="HttpRequestException">A service does not answer, or not with a page.</exception>
    public static async Task<Books> ReadAsync(IReadOnlyList<ProcessStatus> processes, HttpClient http, ConsumerGroups groups, CancellationToken stop)
    {
        var services = Village.Services.Select(service => service.Name).Where(Runs).ToList();
        // Before and after: an event that is taken in while the books are read would be in some of them, and not in others.
        var before = await groups.ReadAsync(services, stop);
        var books = await ReadAsync();
        return books with { Log = before.Unknown is null ? await groups.LookAgainAsync(before, stop) : before };

        async Task<Books> ReadAsync()
        {
            var orders = ReadAllAsync<Order>("order-service", "/audit/orders");
            var reservations = ReadAllAsync<Reservation>("inventory-service", "/audit/reservations");
            var stock = ReadAllAsync<Stock>("inventory-service", "/audit/stock");
            var payments = ReadAllAsync<Payment>("payment-service", "/audit/payments");
            var tickets = ReadAllAsync<Ticket>("kitchen-service", "/audit/tickets");
            var deliveries = ReadAllAsync<Delivery>("delivery-service", "/audit/deliveries");
            var notifications = ReadAllAsync<Notification>("notification-service", "/audit/notifications");
            var unreachables = ReadAllAsync<Unreachable>("notification-service", "/audit/unreachables");
            var deadLetters = Task.WhenAll(services.Select(async service =>
                (await ReadAllAsync<DeadLetter>(service, "/dead-letters?limit=200")).Items.Select(letter => letter with { Service = service })));
            var books = new Books
            {
                Orders = (await orders).Items,
                Reservations = (await reservations).Items,
                Stock = (await stock).Items,
                Payments = (await payments).Items,
                Tickets = (await tickets).Items,
                Deliveries = (await deliveries).Items,
                Notifications = (await notifications).Items,
                Unreachables = (await unreachables).Items,
                DeadLetters = [.. (await deadLetters).SelectMany(letters => letters)],
                Kept = new((await reservations).KeptSince, (await tickets).KeptSince, (await deliveries).KeptSince, (await notifications).KeptSince),
                At = DateTimeOffset.UtcNow,
            };
            // Last: what somebody did while the others were read is still there, or was published meanwhile.
            return books with { Outboxes = await Task.WhenAll(services.Select(async service => await GetAsync<Outbox>(service, "/outbox") with { Service = service })) };
        }

        bool Runs(string service) => processes.Any(process => process.Service == service);

        async Task<(IReadOnlyList<T> Items, DateTimeOffset? KeptSince)> ReadAllAsync<T>(string service, string path)
        {
            List<T> all = [];
            DateTimeOffset? keptSince = null;
            if (!Runs(service)) return (all, keptSince);
            for (string? cursor = ""; cursor is not null;)
            {
                var page = await GetAsync<Page<T>>(service, cursor.Length == 0 ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}cursor={Uri.EscapeDataString(cursor)}");
                all.AddRange(page.Items);
                (cursor, keptSince) = (page.Next, page.KeptSince);
            }
            return (all, keptSince);
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

    sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null, DateTimeOffset? KeptSince = null);
}

/// <summary>From when on nothing is missing in the books of those who forget what is over. Null: the service does not run here, and nothing can be said.</summary>
public sealed record KeptSince(DateTimeOffset? Reservations = null, DateTimeOffset? Tickets = null, DateTimeOffset? Deliveries = null, DateTimeOffset? Notifications = null);

/// <param name="Kind">In an order: <c>prepared</c> or <c>stocked</c>.</param>
public sealed record Line(Guid VariantId, int Quantity, bool Counted = true, string? Kind = null);

/// <summary>Why an order does not go on by itself.</summary>
/// <param name="NextAttempt">When the chief goes on with it; null without a chief.</param>
public sealed record Waiting(string? Step, int Attempts, string? Reason, DateTimeOffset? Since, DateTimeOffset? NextAttempt = null);

/// <summary>As order-service has it.</summary>
public sealed record Order(Guid OrderId, Guid CustomerId, string Status, string Flow, string Currency, decimal Total, IReadOnlyList<Line> Lines, DateTimeOffset PlacedAt, Waiting? Waiting = null)
{
    [JsonIgnore] public bool IsUndone => Status is "rejected" or "cancelled";

    /// <summary>Whether the customer gets it, as far as is known.</summary>
    [JsonIgnore] public bool Stands => Status is "confirmed" or "completed";

    [JsonIgnore] public bool HasPrepared => Lines.Any(line => line.Kind == "prepared");

    /// <summary>Whether it is in books that go back as far as this.</summary>
    public bool IsWithin(DateTimeOffset? keptSince) => PlacedAt >= keptSince;

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

/// <summary>A customer who has chosen what is told and by which channels; or who is told nothing at all, having left.</summary>
public sealed record Unreachable(Guid CustomerId, bool Left, IReadOnlyList<string> Muted, IReadOnlyList<string>? Channels = null);

/// <param name="Parked">Events that were heard and could not be handled yet.</param>
public sealed record Outbox(long Waiting, DateTimeOffset? Oldest = null, long Parked = 0, string Service = "");

public sealed record DeadLetter(Guid Id, string Topic, string? Key, int Attempts, string? Error, string? TraceId, int Waiting, string Service = "");
