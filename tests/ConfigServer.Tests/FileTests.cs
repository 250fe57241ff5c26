using Shouldly;

namespace Kampung.ConfigServer.Tests;

public sealed class FileTests
{
    [Theory]
    [InlineData("dev", "dev", true)]
    [InlineData("dev", "prod", false)]
    [InlineData("!dev", "prod", true)]
    [InlineData("dev & eu", "dev", false)]
    [InlineData("dev & eu", "dev,eu", true)]
    [InlineData("dev | prod & eu", "dev", true)]
    [InlineData("(dev | prod) & eu", "dev", false)]
    [InlineData("!(dev | prod)", "test", true)]
    [InlineData("dev, prod", "prod", true)]
    public void A_part_is_for_certain_profiles(string expression, string profiles, bool matches) =>
        ProfileExpression.AnyOf([expression]).Matches(profiles.Split(',').ToHashSet()).ShouldBe(matches);

    [Theory]
    [InlineData("(dev")]
    [InlineData("dev &")]
    [InlineData("dev)")]
    [InlineData("!")]
    public void Half_an_expression_is_none(string expression) => Should.Throw<FormatException>(() => ProfileExpression.AnyOf([expression]));

    [Fact]
    public void Properties_are_read_as_Java_reads_them()
    {
        var values = PropertiesFile.Read("a.properties", """
            # a comment
            ! another
            plain=value
            colon: value two
            space value
            with\ space\:=x
            long = one, \
                   two
            unicode=caf\u00e9 \t.
            empty=
            path=C:\\kampung
            """).ShouldHaveSingleItem().Values.ToDictionary(value => value.Key, value => value.Value.Text);

        values.ShouldBe(new Dictionary<string, string>
        {
            ["plain"] = "value",
            ["colon"] = "value two",
            ["space"] = "value",
            ["with space:"] = "x",
            ["long"] = "one, two",
            ["unicode"] = "café \t.",
            ["empty"] = "",
            ["path"] = @"C:\kampung",
        }, ignoreOrder: true);
    }

    [Fact]
    public void A_property_with_half_an_escape_is_told_with_its_line() =>
        Should.Throw<ConfigFileException>(() => PropertiesFile.Read("a.properties", "a=1\nb=\\u00")).Message.ShouldStartWith("a.properties, line 2");

    [Fact]
    public void Anchors_and_merge_keys_are_resolved()
    {
        var values = YamlFile.Read("a.yml", """
            base: &base { a: 1, b: 2 }
            other: { <<: *base, b: 3 }
            """)[0].Values;

        values["other.a"].Text.ShouldBe("1");
        values["other.b"].Text.ShouldBe("3");
    }

    [Fact]
    public void Aliases_of_aliases_do_not_fill_the_memory()
    {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
        for (var i = 1; i < 9; i++) yaml += $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n";

        Should.Throw<ConfigFileException>(() => YamlFile.Read("a.yml", yaml)).Message.ShouldStartWith("a.yml, line ");
    }
}
