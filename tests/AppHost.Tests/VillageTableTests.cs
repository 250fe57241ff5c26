using System.Text.Json;

namespace Kampung.AppHost.Tests;

public sealed class VillageTableTests
{
    [Fact]
    public void Each_program_of_the_village_is_in_the_solution_filter_that_is_built()
    {
        var filter = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Find().Root, "Kampung.Village.slnf")));
        var built = filter.RootElement.GetProperty("solution").GetProperty("projects").EnumerateArray().Select(project => Path.GetFileNameWithoutExtension(project.GetString()!));
        built.ShouldBe(Village.Members.Select(member => member.Project).OfType<string>(), ignoreOrder: true);
    }

    [Fact]
    public void Members_wait_only_for_members()
    {
        foreach (var name in Village.Members.SelectMany(member => member.After)) Village.Find(name);
    }

    [Theory]
    [InlineData("Kafka:Partitions=8", null, "Kafka__Partitions", "8")]
    [InlineData("order-service:Prices:Rounding=up=down", "order-service", "Prices__Rounding", "up=down")]
    [InlineData("Logging:LogLevel:order-service=Debug", null, "Logging__LogLevel__order-service", "Debug")]
    public void A_setting_is_for_all_unless_it_begins_with_a_services_name(string text, string? service, string variable, string value)
    {
        var setting = Setting.Parse(text);
        (setting.Service, setting.Variable, setting.Value).ShouldBe((service, variable, value));
    }
}
