using Kampung.Testing;

namespace Kampung.Inventory.Tests;

public sealed class ContractTests(Storehouse house)
{
    [Fact]
    public Task The_API_is_what_was_promised() => house.Process.ShouldKeepItsContract("inventory-service");
}
