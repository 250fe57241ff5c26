using System.Security.Cryptography;
using System.Text.Json;

namespace Kampung.AppHost.Postgres;

/// <summary>Generated passwords of database users, kept in a file that only its owner can read.</summary>
public sealed class Passwords
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    readonly string file;
    readonly SortedDictionary<string, string> byUser;

    Passwords(string file, SortedDictionary<string, string> byUser) => (this.file, this.byUser) = (file, byUser);

    public static Passwords Open(string folder)
    {
        var file = Path.Combine(folder, "passwords.json");
        return new Passwords(file, File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(file))! : []);
    }

    /// <summary>The user's password; a new one of 192 random bits when there is none yet.</summary>
    public string Of(string user)
    {
        lock (byUser)
        {
            if (byUser.TryGetValue(user, out var known)) return known;
            byUser[user] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
            PrivateFile.Write(file, JsonSerializer.Serialize(byUser, Indented));
            return byUser[user];
        }
    }
}
