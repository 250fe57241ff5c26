using Kampung.Testing;

namespace Kampung.Notifications.Tests;

public sealed class RetentionTests(TestPostgres postgres)
{
    [Fact]
    public async Task What_was_told_long_ago_is_forgotten()
    {
        await using var village = await NotificationService.StartAsync(postgres, new() { ["Sending__Kept"] = "00:00:02" });
        var siti = new Someone();
        await village.Publisher.Publishes("customer-registered", siti.Id, siti.Registered);
        await village.Receives(1, siti.Email);

        await Eventually.Is(async () => await village.Reads<long>("select count(*) from notifications") == 0);
    }
}
