using Microsoft.Extensions.Options;
using Npgsql;

namespace Kampung.Payments.Provider;

public sealed class SandboxOptions
{
    /// <summary>How long a caller waits for an answer that is lost.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How the whole card network does, whatever the card; may change while payments are under way.</summary>
    public CardNetworkState Network { get; set; }

    /// <summary>How long each call takes when it is slow.</summary>
    public TimeSpan SlowBy { get; set; } = TimeSpan.FromSeconds(3);
}

public enum CardNetworkState
{
    Up,
    Slow,

    /// <summary>Nothing is charged, nothing given back, until it is up again.</summary>
    Down,
}

/// <summary>
/// Stands for a card network where there is none. It keeps a ledger of its own, on its own connections, so that what it charged stays charged whatever
/// happens to the transaction or the process that asked. Its test tokens are named in Stripe's style:
/// <list type="bullet">
/// <item><c>tok_visa</c> is charged, <c>tok_declined</c> and <c>tok_insufficient_funds</c> are declined, as is any token it does not know.</item>
/// <item><c>tok_timeout</c> is charged (and refunded), but the answers to the first two calls are lost.</item>
/// <item><c>tok_flaky</c> fails on the first call, before anything is charged.</item>
/// </list>
/// </summary>
public sealed class SandboxProvider(NpgsqlDataSource ledger, IOptionsMonitor<SandboxOptions> options) : IPaymentProvider
{
    const int LostAnswers = 2, Failures = 1;

    public async Task<ChargeAnswer> ChargeAsync(Charge charge, CancellationToken ct)
    {
        await ReachAsync(ct);
        var declined = charge.Token switch
        {
            "tok_visa" or "tok_timeout" or "tok_flaky" => null,
            "tok_declined" => "card declined",
            "tok_insufficient_funds" => "insufficient funds",
            _ => "invalid token",
        };

        var atOnce = declined is null && charge.Token != "tok_flaky";
        var calls = await CallsAsync(
            """
            insert into sandbox.charges as charge (key, reference, amount, currency, token, declined, charged_at)
            values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)
            on conflict (key) do update set calls = charge.calls + 1 where (charge.amount, charge.currency, charge.token) = (excluded.amount, excluded.currency, excluded.token)
            returning calls
            """, ct, charge.Key, charge.Reference, charge.Amount, charge.Currency, charge.Token, (object?)declined ?? DBNull.Value, atOnce)
            ?? throw new InvalidOperationException($"The key {charge.Key} was used for another charge.");

        if (charge.Token == "tok_flaky" && calls <= Failures) throw new ProviderUnavailableException("The card network failed.");
        if (declined is not null) return new(declined);

        if (!atOnce) await CallsAsync("update sandbox.charges set charged_at = coalesce(charged_at, now()) where key = $1 returning calls", ct, charge.Key);
        if (charge.Token == "tok_timeout") await LoseAnswerAsync(calls, ct);
        return new(DeclineReason: null);
    }

    public async Task RefundAsync(Guid key, Guid chargeKey, decimal amount, CancellationToken ct)
    {
        await ReachAsync(ct);
        var calls = await CallsAsync(
            """
            insert into sandbox.refunds as refund (key, charge_key, amount)
            select $1, charge.key, $3 from sandbox.charges charge where charge.key = $2 and charge.charged_at is not null
              and $3 + (select coalesce(sum(amount), 0) from sandbox.refunds where charge_key = charge.key and key <> $1) <= charge.amount
            on conflict (key) do update set calls = refund.calls + 1 where refund.amount = excluded.amount
            returning calls
            """, ct, key, chargeKey, amount)
            ?? throw new InvalidOperationException($"The refund {key} is of more than was charged, or its key was used for another amount.");

        if (await CallsAsync("select calls from sandbox.charges where key = $1 and token = 'tok_timeout'", ct, chargeKey) is not null)
            await LoseAnswerAsync(calls, ct);
    }

    public async Task<IReadOnlyList<StatementLine>> StatementAsync(Guid? after, int atMost, CancellationToken ct)
    {
        await using var command = ledger.CreateCommand(
            """
            select charge.reference, sum(charge.amount), coalesce(sum(refund.amount), 0), min(charge.currency)
            from sandbox.charges charge left join (select charge_key, sum(amount) as amount from sandbox.refunds group by charge_key) refund on refund.charge_key = charge.key
            where charge.charged_at is not null and ($1::uuid is null or charge.reference > $1)
            group by charge.reference order by charge.reference limit $2
            """);
        command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = atMost });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var lines = new List<StatementLine>();
        while (await reader.ReadAsync(ct)) lines.Add(new(reader.GetGuid(0), reader.GetDecimal(1), reader.GetDecimal(2), reader.GetString(3)));
        return lines;
    }

    async Task ReachAsync(CancellationToken ct)
    {
        var now = options.CurrentValue;
        if (now.Network == CardNetworkState.Down) throw new ProviderUnavailableException("The card network is down.");
        if (now.Network == CardNetworkState.Slow) await Task.Delay(now.SlowBy, ct);
    }

    async Task LoseAnswerAsync(int calls, CancellationToken ct)
    {
        if (calls > LostAnswers) return;
        await Task.Delay(options.CurrentValue.AnswerTimeout, ct);
        throw new ProviderUnavailableException("The card network did not answer in time.");
    }

    async Task<int?> CallsAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = ledger.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (int?)await command.ExecuteScalarAsync(ct);
    }
}
