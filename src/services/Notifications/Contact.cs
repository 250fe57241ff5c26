namespace Kampung.Notifications;

/// <summary>How a customer is reached, as far as heard from customer-service.</summary>
/// <param name="Locale">A language tag such as <c>ms-MY</c>; null when the customer named none.</param>
public sealed record Contact(Guid CustomerId, string Name, string Email, string? Locale);

/// <summary>An event about a customer came before that customer's registration: it is retried until the registration has been heard.</summary>
#pragma warning disable CA1032 // it always says which customer
public sealed class UnknownContactException(Guid customerId) : Exception($"customer {customerId} is not known yet");
#pragma warning restore CA1032
