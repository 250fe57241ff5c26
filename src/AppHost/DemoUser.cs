using System.Text.Json;

namespace Kampung.AppHost;

/// <summary>Somebody whom identity-service made for whoever looks around on this machine.</summary>
public sealed record DemoUser(string Role, string Name, string Email, string Password)
{
    /// <summary>Nobody where identity-service does not run, or was told to make none.</summary>
    public static IReadOnlyList<DemoUser> Read(DataFolder data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var file = Path.Combine(data.Identity, "demo-users.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<List<DemoUser>>(File.ReadAllText(file), JsonSerializerOptions.Web)! : [];
    }
}
