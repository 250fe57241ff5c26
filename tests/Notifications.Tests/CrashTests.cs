using Kampung.Testing;

namespace Kampung.Notifications.Tests;

/// <summary>A process that dies at the worst moment, and what it does when it starts again.</summary>
public sealed class CrashTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_letter_is_in_the_mailbox_once_when_the_service_dies_before_sending_and_before_noting_it_and_what_is_old_is_forgotten()
    {
        // It looks for mail when it starts, and then not for an hour: so the letter waits until the next start.
        await using var village = await NotificationService.StartAsync(postgres, new() { ["Sending__Poll"] = "01:00:00", ["Sending__Gather"] = "01:00:00", ["Sending__Kept"] = "10.00:00:00" });
        var siti = new Someone();
        await village.Publisher.Publishes("customer-registered", siti.Id, siti.Registered);
        await Eventually.Is(async () => await village.Reads<long>($"select count(*) from notifications where about = '{siti.Id}' and channel = 'email' and state = 'pending'") == 1);

        await village.Process.KillAsync();
        village.Letters(siti.Email).ShouldBeEmpty();
        await village.Process.StartAgainAsync();
        var written = (await village.Receives(1, siti.Email)).Single();
        await Eventually.Is(async () => await village.Reads<string>($"select state from notifications where about = '{siti.Id}' and channel = 'email'") == "sent");

        await village.Publisher.Publishes("order-confirmed", siti.OrderId, siti.Order());
        await Eventually.Is(async () => await village.Reads<long>($"select count(*) from notifications where about = '{siti.OrderId}'") > 0);

        // As if it had died after writing the letter and before noting that.
        await village.Process.KillAsync();
        await village.Executes($"update notifications set state = 'pending', sent_at = null, attempts = 0 where about = '{siti.Id}' and channel = 'email'");
        // It looks for old ones when it starts, too.
        await village.Executes($"update notifications set state = 'sent', sent_at = now() - interval '11 days', created_at = now() - interval '11 days' where about = '{siti.OrderId}'");
        await village.Process.StartAgainAsync();
        await Eventually.Is(async () => await village.Reads<string>($"select state from notifications where about = '{siti.Id}' and channel = 'email'") == "sent");
        village.Letters(siti.Email).ShouldHaveSingleItem().MessageId.ShouldBe(written.MessageId);

        await Eventually.Is(async () => await village.Reads<long>($"select count(*) from notifications where about = '{siti.OrderId}'") == 0);
        (await village.Reads<long>($"select count(*) from notifications where customer_id = '{siti.Id}'")).ShouldBe(2);
    }
}
