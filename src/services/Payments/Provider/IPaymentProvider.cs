namespace Kampung.Payments.Provider;

/// <summary>
/// A card network outside the village. Both calls are idempotent by key: asked again, it gives the first answer and moves no more money.
/// Both throw <see cref="ProviderUnavailableException"/> when no answer came, and then nobody here knows whether money moved until it is asked again.
/// </summary>
public interface IPaymentProvider
{
    Task<ChargeAnswer> ChargeAsync(Charge charge, CancellationToken ct);

    Task RefundAsync(Guid key, Guid chargeKey, decimal amount, CancellationToken ct);

    /// <summary>What its own ledger says was charged and given back, by reference, in their order.</summary>
    Task<IReadOnlyList<StatementLine>> StatementAsync(Guid? after, int atMost, CancellationToken ct);
}

/// <param name="Key">Idempotency key.</param>
/// <param name="Reference">What the charge is for, as it shall stand in the provider's ledger.</param>
public sealed record Charge(Guid Key, Guid Reference, decimal Amount, string Currency, string Token);

/// <summary>What was moved for one reference, all charges and refunds together.</summary>
public sealed record StatementLine(Guid Reference, decimal Charged, decimal Refunded, string Currency);

/// <param name="DeclineReason">Null when the money was taken.</param>
public readonly record struct ChargeAnswer(string? DeclineReason)
{
    public bool Charged => DeclineReason is null;
}

/// <summary>No answer, or not the expected one: to be asked again with the same key.</summary>
public sealed class ProviderUnavailableException : Exception
{
    public ProviderUnavailableException() { }
    public ProviderUnavailableException(string message) : base(message) { }
    public ProviderUnavailableException(string message, Exception innerException) : base(message, innerException) { }
}
