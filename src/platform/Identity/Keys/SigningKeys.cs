using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace Kampung.Identity.Keys;

/// <summary>A key as it is kept.</summary>
public sealed class SigningKeyRow
{
    /// <summary>The <c>kid</c> in tokens and in the key set (RFC 7517).</summary>
    public required string Id { get; init; }
    public required DateTimeOffset SignsFrom { get; init; }

    /// <summary>PKCS#8, encrypted with the master key.</summary>
    public required byte[] PrivateKey { get; init; }
}

/// <summary>
/// The keys that sign tokens (RS256), the same in every instance since they are in the database. A new one is announced in the key set before it signs, an old
/// one stays there until its last token has expired, so nobody notices a rotation.
/// </summary>
sealed class SigningKeys(IServiceScopeFactory scopes, MasterKey master, IOptions<IssuerOptions> options, TimeProvider time, ILogger<SigningKeys> log)
    : BackgroundService, IConfigureOptions<OpenIddictServerOptions>, IOptionsChangeTokenSource<OpenIddictServerOptions>
{
    const int Bits = 2048;

    readonly Dictionary<string, RsaSecurityKey> known = [];
    volatile IReadOnlyList<KeyTimes> keys = [];
    volatile CancellationTokenSource changed = new();

    public string? Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => new CancellationChangeToken(changed.Token);

    /// <summary>What OpenIddict publishes and accepts.</summary>
    public void Configure(OpenIddictServerOptions server)
    {
        lock (known)
            server.SigningCredentials.AddRange(keys.Select(key => new SigningCredentials(known[key.Id], SecurityAlgorithms.RsaSha256)));
    }

    /// <summary>The id of the key that signs at this moment.</summary>
    public string SigningKey => PlanOf(keys).Signing(time.GetUtcNow()).Id;

    /// <summary>The key set.</summary>
    public IReadOnlyList<KeyTimes> All => keys;

    /// <summary>Loads the keys, and makes the first one.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await UpdateAsync(rotate: false, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(options.Value.KeyPoll, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await UpdateAsync(rotate: false, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("The signing keys are looked up again later: {Reason}", e.Message);
            }
        }
    }

    /// <summary>Announces a new key, which signs after the time of announcement.</summary>
    public Task RotateAsync(CancellationToken ct) => UpdateAsync(rotate: true, ct);

    async Task UpdateAsync(bool rotate, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        var now = time.GetUtcNow();
        var rows = await ReadAsync(db, ct);
        if (rotate || PlanOf(rows).Due(now) is not null || Expired(rows, now).Any())
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.LockAsync(ct);
            rows = await ReadAsync(db, ct);
            if (rotate || PlanOf(rows).Due(now) is not null)
            {
                // It takes a while to make one, and that is not to be taken from its announcement.
                using var rsa = RSA.Create(Bits);
                now = time.GetUtcNow();
                db.Add(Keep(rsa, rotate ? now + options.Value.KeyAnnouncement : PlanOf(rows).Due(now)!.Value));
            }
            db.RemoveRange(Expired(rows, now));
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            rows = await ReadAsync(db, ct);
        }
        Take(rows);
    }

    SigningKeyRow Keep(RSA rsa, DateTimeOffset signsFrom)
    {
        var id = Base64Url.EncodeToString(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()).AsSpan(0, 12));
        log.LogInformation("A new key {Key} will sign from {Time} on", id, signsFrom);
        return new() { Id = id, SignsFrom = signsFrom, PrivateKey = master.Protect(rsa.ExportPkcs8PrivateKey()) };
    }

    void Take(IReadOnlyList<SigningKeyRow> rows)
    {
        var now = rows.Select(TimesOf).ToList();
        if (now.SequenceEqual(keys)) return;
        lock (known)
            foreach (var row in rows.Where(row => !known.ContainsKey(row.Id))) known[row.Id] = Read(row);
        keys = now;
        var before = changed;
        changed = new();
        before.Cancel();
    }

    RsaSecurityKey Read(SigningKeyRow row)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(master.Unprotect(row.PrivateKey), out _);
            return new(rsa.ExportParameters(includePrivateParameters: true)) { KeyId = row.Id };
        }
        catch (CryptographicException e)
        {
            throw new UnusableSettingsException("The signing keys in the database are protected with another master key than this instance has. Give it that one (Identity:MasterKey, or the folder "
                + "Identity:Keys), or delete the rows of signing_keys and data_protection_keys: everybody has to sign in again then.", e);
        }
    }

    static async Task<List<SigningKeyRow>> ReadAsync(IdentityDb db, CancellationToken ct) =>
        await db.SigningKeys.AsNoTracking().OrderBy(row => row.SignsFrom).ThenBy(row => row.Id).ToListAsync(ct);

    IEnumerable<SigningKeyRow> Expired(IReadOnlyList<SigningKeyRow> rows, DateTimeOffset now)
    {
        var published = PlanOf(rows).Published(now).Select(key => key.Id).ToHashSet();
        return rows.Where(row => !published.Contains(row.Id));
    }

    KeyPlan PlanOf(IReadOnlyList<SigningKeyRow> rows) => PlanOf([.. rows.Select(TimesOf)]);

    KeyPlan PlanOf(IReadOnlyList<KeyTimes> times) => new(times, options.Value.KeyLifetime, options.Value.KeyAnnouncement, LongestToken);

    // Refresh tokens are the longest, and signed like all others. A minute more for clocks that differ.
    TimeSpan LongestToken => Longer(options.Value.RefreshTokenLifetime, options.Value.AccessTokenLifetime) + TimeSpan.FromMinutes(1);

    static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    static KeyTimes TimesOf(SigningKeyRow row) => new(row.Id, row.SignsFrom);
}
