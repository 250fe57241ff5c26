using System.Security.Cryptography;
using System.Text.Json;
using Kampung.Identity.Accounts;
using Kampung.Identity.Keys;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Kampung.Identity;

/// <summary>
/// One user a role, for whoever looks around on one machine: only in the environment Development and only when Identity:DemoUsers is set. Their password is made at
/// the first start; demo-users.json in Identity:Keys tells it.
/// </summary>
sealed class DemoUsers(IdentityDb db, UserManager<Account> users, IPasswordHasher<Account> hasher, IOptions<IssuerOptions> options, IHostEnvironment environment, TimeProvider time)
{
    const string Stall = "Satay Pak Samad";

    sealed record DemoUser(string Role, string Name, string Email, string Password);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    static readonly (string Role, string Name, string? Stall)[] People =
    [
        (Role.Customer, "Siti binti Osman", null), (Role.Merchant, "Tan Mei Ling", Stall), (Role.Kitchen, "Ravi Kumar", Stall), (Role.Rider, "Ali bin Hassan", null),
        (Role.Operator, "Puan Aminah", null),
    ];

    public async Task AddAsync(CancellationToken ct)
    {
        if (!options.Value.IsForShow(environment)) return;
        var file = Path.Combine(Directory.CreateDirectory(options.Value.Keys).FullName, "demo-users.json");
        var isKnown = File.Exists(file);
        var password = isKnown ? JsonSerializer.Deserialize<DemoUser[]>(await File.ReadAllTextAsync(file, ct), Json)![0].Password : $"kampung-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var demo = People.Select(person => new DemoUser(person.Role, person.Name, $"{person.Role}@demo.example", password)).ToArray();
        string? hash = null;
        foreach (var (user, person) in demo.Zip(People))
        {
            var account = await users.FindByEmailAsync(user.Email);
            if (account is not null && isKnown) continue;
            var isNew = account is null;
            account ??= Account.Of(person.Name, user.Email, "en", time.GetUtcNow(), person.Role, person.Stall);
            // One password, so one hash of it is enough.
            account.PasswordHash = hash ??= hasher.HashPassword(account, password);
            if (isNew) db.Publish(AccountRegistered.Of(account));
            Check(await (isNew ? users.CreateAsync(account) : users.UpdateSecurityStampAsync(account)));
        }
        PrivateFile.Write(file, JsonSerializer.Serialize(demo, Json), overwrite: true);
    }

    static void Check(IdentityResult result)
    {
        if (!result.Succeeded) throw new InvalidOperationException($"A demo user could not be made: {string.Join("; ", result.Errors.Select(error => error.Description))}");
    }
}
