using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Kampung.Architecture.Tests;

/// <summary>What may not be in the house at all.</summary>
public sealed partial class HouseRules
{
    static readonly string[] Code = ["src", "tests", "bench"];

    /// <summary>Packages whose newer versions need a paid licence, and kinds of library that the design does without.</summary>
    static readonly string[] UnwantedPackages = ["MassTransit", "MediatR", "Duende", "AutoMapper", "FluentAssertions", "Mapster", "Moq"];

    [Fact]
    public void No_package_is_commercially_licensed_or_against_the_design()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));
        versions.Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value)
            .Where(name => UnwantedPackages.Any(unwanted => name.StartsWith(unwanted, StringComparison.OrdinalIgnoreCase)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Package_versions_stand_in_one_place() =>
        (from folder in Code
         from file in Repository.SourceFiles(folder, "*.csproj")
         where File.ReadLines(file).Any(line => line.Contains(" Version=\"", StringComparison.Ordinal) && !line.Contains("Version=\"[$(Bundled", StringComparison.Ordinal)) // the SDK's own
         select Repository.Relative(file)).ShouldBeEmpty();

    [Fact]
    public void No_folder_or_type_is_a_drawer_for_odds_and_ends() =>
        (from folder in Code
         from file in Repository.SourceFiles(folder)
         where OddsAndEnds().IsMatch(Repository.Relative(file))
         select Repository.Relative(file)).ShouldBeEmpty();

    [Fact]
    public void Tests_wait_for_conditions_and_do_not_sleep() =>
        (from file in Repository.SourceFiles("tests")
         where Path.GetFileName(file) != "HouseRules.cs"
         from line in File.ReadLines(file)
         where line.Contains("Thread.Sleep(", StringComparison.Ordinal)
         select $"{Repository.Relative(file)}: {line.Trim()}").ShouldBeEmpty();

    [Fact]
    public void No_work_is_left_without_an_issue_number() =>
        (from folder in Code
         from file in Repository.SourceFiles(folder)
         where Path.GetFileName(file) != "HouseRules.cs"
         from line in File.ReadLines(file)
         where LooseEnd().IsMatch(line)
         select $"{Repository.Relative(file)}: {line.Trim()}").ShouldBeEmpty();

    /// <summary>Lock files name packages and checksums only, so that any registry or mirror can serve them.</summary>
    [Fact]
    public void Lock_files_name_no_registry() =>
        (from file in Repository.SourceFiles(".", "package-lock.json")
         where !file.Contains("/artifacts/", StringComparison.Ordinal) && !file.Contains("/.kampung/", StringComparison.Ordinal)
         where File.ReadAllText(file).Contains("\"resolved\": \"http", StringComparison.Ordinal)
         select Repository.Relative(file)).ShouldBeEmpty();

    [GeneratedRegex(@"(^|/)(Common|Helpers?|Utils?|Utilities|Misc)(/|\.cs$)|(Helper|Utils?|Manager)\.cs$")]
    private static partial Regex OddsAndEnds();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b(?!.*#\d+)|NotImplementedException")]
    private static partial Regex LooseEnd();
}
