using Kampung.Testing;

namespace Kampung.Inventory.Tests;

public sealed class ContractTests(Storehouse house)
{
    [Fact]
    public Task The_API_is_what_was_promised() => house.Process.ShouldKeepItsContract("inventory-service");

    [Fact]
    public Task Everybody_gets_as_far_as_the_table_says() => house.Process.ShouldBeGuarded("inventory-service");
}
