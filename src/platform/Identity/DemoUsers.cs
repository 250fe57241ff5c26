using System.Security.Cryptography;
using System.Text.Json;
using Kampung.Identity.Accounts;
using Kampung.Identity.Keys;
using Kampung.Messaging;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Kampung.Identity;

/// <summary>
/// One user a role, for whoever looks around on one machine: only in the environment Development and only when Identity:DemoUsers is set. Their password is made at
/// the first start; demo-users.json in Identity:Keys tells it.
/// </summary>
sealed class DemoUsers(IdentityDb db, UserManager<Account> users, IOptions<IssuerOptions> options, IHostEnvironment environment, TimeProvider time)
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
        if (!options.Value.DemoUsers || !environment.IsDevelopment()) return;
        var file = Path.Combine(Directory.CreateDirectory(options.Value.Keys).FullName, "demo-users.json");
        var password = File.Exists(file) ? JsonSerializer.Deserialize<DemoUser[]>(await File.ReadAllTextAsync(file, ct), Json)![0].Password : $"kampung-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var demo = People.Select(person => new DemoUser(person.Role, person.Name, $"{person.Role}@demo.example", password)).ToArray();
        foreach (var (user, person) in demo.Zip(People))
        {
            if (await users.FindByEmailAsync(user.Email) is { } known)
            {
                // The folder is new and the database is not.
                if (await users.CheckPasswordAsync(known, password)) continue;
                Check(await users.ResetPasswordAsync(known, await users.GeneratePasswordResetTokenAsync(known), password));
                continue;
            }
            var account = Account.Of(person.Name, user.Email, "en", time.GetUtcNow(), person.Role, person.Stall);
            db.Publish(AccountRegistered.Of(account));
            Check(await users.CreateAsync(account, password));
        }
        PrivateFile.Write(file, JsonSerializer.Serialize(demo, Json), overwrite: true);
    }

    static void Check(IdentityResult result)
    {
        if (!result.Succeeded) throw new InvalidOperationException($"A demo user could not be made: {string.Join("; ", result.Errors.Select(error => error.Description))}");
    }
}
