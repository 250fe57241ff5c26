using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>The API is what contracts/http and contracts/access.md say.</summary>
[Collection(RotatesKeys)]
public sealed class ContractTests(IdentityVillage village)
{
    /// <summary>An operator's walk over every endpoint rotates the keys, too.</summary>
    public const string RotatesKeys = "Rotates keys";

    [Fact]
    public Task The_API_is_what_was_promised() => village.First.ShouldKeepItsContract("identity-service");

    [Fact]
    public Task Everybody_gets_as_far_as_the_table_says() => village.First.ShouldBeGuarded("identity-service", village.TokenOfRoleAsync);
}
