using System.Text.Json;

namespace Kampung.Web.Tests;

/// <summary>What the shop knows of a customer.</summary>
[Collection(WebCollection.Name)]
public sealed class Account(WebVillage village)
{
    [Fact]
    public async Task What_customers_write_is_text_wherever_it_is_shown()
    {
        const string Name = "<script>window.hacked = 1</script>", Label = "<img src=x onerror='window.hacked = 2'>", Street = "<script>window.hacked = 3</script> 1";
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Kopi O");
        await visitor.OpensAsync("/checkout");
        await visitor.RegistersAsync(Name);
        await visitor.Page.GetByLabel("Name of this place").FillAsync(Label);
        await visitor.Page.GetByLabel("Street and number").FillAsync(Street);
        await visitor.Page.GetByLabel("Postcode").FillAsync("30250");
        await visitor.Page.GetByLabel("City").FillAsync("Ipoh");
        await visitor.Button("Save").ClickAsync();

        await Expect(visitor.Text(Street)).ToBeVisibleAsync();
        await Expect(visitor.Text(Label)).ToBeVisibleAsync();
        await visitor.Button("Your account").ClickAsync();
        await Expect(visitor.Text(Name)).ToBeVisibleAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.PaysWithAsync("4242");
        await visitor.Page.WaitForURLAsync("**/orders/*");
        await Expect(visitor.Text(Street)).ToBeVisibleAsync();
        await Expect(visitor.Text(Label)).ToBeVisibleAsync();
        (await visitor.Page.EvaluateAsync<JsonElement?>("() => window.hacked ?? null")).ShouldBeNull();
    }

    [Fact]
    public async Task A_profile_is_changed_and_a_letter_is_read()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/profile");
        await visitor.RegistersAsync();

        await visitor.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Aminah Yusof");
        await visitor.Button("Save").ClickAsync();
        await Expect(visitor.Text("Saved.")).ToBeVisibleAsync();
        await visitor.Page.GetByLabel("Phone").FillAsync("12");
        await visitor.Button("Save").ClickAsync();
        await Expect(visitor.Text("This must be 5 to 20 digits, with a + in front when it is international.")).ToBeVisibleAsync();
        await visitor.SpeaksAsync("Language and colours", "Language", "Bahasa Melayu");
        await Expect(visitor.Text("Ini mesti 5 hingga 20 digit, dengan + di hadapan jika nombor antarabangsa.")).ToBeVisibleAsync();
        await visitor.SpeaksAsync("Bahasa dan warna", "Bahasa", "English");
        await visitor.Page.GetByLabel("Phone").FillAsync("");
        await visitor.Button("Add an address").ClickAsync();
        await visitor.Page.GetByLabel("Name of this place").FillAsync("Work");
        await visitor.Page.GetByLabel("Street and number").FillAsync("1 Jalan Besar");
        await visitor.Page.GetByLabel("Postcode").FillAsync("30250");
        await visitor.Page.GetByLabel("City").FillAsync("Ipoh");
        await visitor.Button("Save").Last.ClickAsync();
        await visitor.Button("Edit Work").ClickAsync();
        await visitor.Page.GetByLabel("Street and number").FillAsync("2 Jalan Kecil");
        await visitor.Button("Save").Last.ClickAsync();
        await Expect(visitor.Text("2 Jalan Kecil")).ToBeVisibleAsync();
        await visitor.Page.ReloadAsync();
        await Expect(visitor.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Aminah Yusof");
        await Expect(visitor.Text("2 Jalan Kecil")).ToBeVisibleAsync();
        await visitor.Button("Remove Work").ClickAsync();
        await Expect(visitor.Text("No addresses yet.")).ToBeVisibleAsync();

        // It is asked for every half minute.
        await Expect(visitor.Link("1 unread notification")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await visitor.Link("1 unread notification").ClickAsync();
        await Expect(visitor.Text("New", exact: true)).ToBeVisibleAsync();
        await visitor.Page.Locator("summary").ClickAsync();
        await Expect(visitor.Text("New", exact: true)).ToBeHiddenAsync();
        await Expect(visitor.Link("Notifications")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".letter-text")).ToContainTextAsync("Aminah");
    }
}
