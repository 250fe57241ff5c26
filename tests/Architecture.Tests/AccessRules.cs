using System.Text.RegularExpressions;

namespace Kampung.Architecture.Tests;

/// <summary>No service escapes the walk through contracts/access.md.</summary>
public sealed partial class AccessRules
{
    [Fact]
    public void Each_service_is_asked_for_everything_by_its_tests()
    {
        var tests = Repository.SourceFiles("tests").Where(file => !file.Contains("Architecture.Tests", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
        var services = Repository.SourceFiles("src", "Program.cs").SelectMany(file => ChecksTokens().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToList();

        services.ShouldContain("order-service");
        services.Where(service => !tests.Any(test => test.Contains($".ShouldBeGuarded(\"{service}\"", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public void Each_service_checks_tokens() =>
        Repository.Projects("src/services").Select(project => Path.Combine(Repository.Root, Path.GetDirectoryName(project.Path)!, "Program.cs"))
            .Where(program => !ChecksTokens().IsMatch(File.ReadAllText(program))).Select(Repository.Relative).ShouldBeEmpty();

    [GeneratedRegex(@"AddServiceDefaults\(""([a-z-]+)""\)")]
    private static partial Regex ChecksTokens();
}
