using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Customers;

/// <summary>Somebody is a customer now.</summary>
[Topic("customer-registered")]
public sealed record CustomerRegistered(Guid CustomerId, string Name, string Email, string? Phone, string Locale, DateTimeOffset RegisteredAt) : IEvent
{
    [JsonIgnore] public Guid Subject => CustomerId;

    public static CustomerRegistered Of(Customer customer) =>
        new(customer.Id, customer.Name, customer.Email, customer.Phone, customer.Locale, customer.CreatedAt);
}

/// <summary>A customer's profile or addresses are different from before: who keeps a copy, keeps this one.</summary>
[Topic("customer-changed")]
public sealed record CustomerChanged(Guid CustomerId, string Name, string Email, string? Phone, string Locale) : IEvent
{
    [JsonIgnore] public Guid Subject => CustomerId;

    public static CustomerChanged Of(Customer customer) => new(customer.Id, customer.Name, customer.Email, customer.Phone, customer.Locale);
}

/// <summary>A customer has left: who keeps a copy, forgets it.</summary>
[Topic("customer-deleted")]
public sealed record CustomerDeleted(Guid CustomerId) : IEvent
{
    [JsonIgnore] public Guid Subject => CustomerId;
}
