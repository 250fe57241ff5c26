using System.Text.RegularExpressions;
using Kampung.AppHost;

namespace Kampung.Web.Tests;

/// <summary>Whatever order-service can say of an order, the shop says in both languages.</summary>
public sealed partial class Words
{
    static readonly string Services = Path.Combine(Repository.Find().Root, "src", "services");
    static readonly string Orders = string.Concat(Directory.EnumerateFiles(Path.Combine(Services, "Orders"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

    [Theory]
    [InlineData("en")]
    [InlineData("ms")]
    public void Every_word_of_a_timeline_is_known(string language) => Said().Except(Known(language, "said")).ShouldBeEmpty();

    [Theory]
    [InlineData("en")]
    [InlineData("ms")]
    public void Every_reason_is_known(string language) => Reasons().Except(Known(language, "reasons")).ShouldBeEmpty();

    [Theory]
    [InlineData("en")]
    [InlineData("ms")]
    public void Whatever_is_wrong_with_a_field_is_known(string language) => Wrong().Except(Known(language, "wrong")).ShouldBeEmpty();

    static HashSet<string> Said()
    {
        HashSet<string> words = [.. Noted().Matches(Orders).Select(match => match.Groups[1].Value), .. Named(Outcomes()), .. Named(Topics()).Select(topic => topic.Replace('-', ' ')), "cooking"];
        // The other arguments of the kitchen's calls.
        words.UnionWith(Named(Asked()));
        words.UnionWith(Enumeration("Orders/Order.cs", "OrderStatus").Select(status => status.ToLowerInvariant()));
        words.UnionWith(Enumeration("Inventory/Reservation.cs", "ReservationStatus").Except(["reserved", "sold"]).Select(status => $"reservation {status}"));
        words.UnionWith(Enumeration("Payments/Payment.cs", "PaymentStatus").Except(["succeeded"]).Select(status => $"payment {status}"));
        words.UnionWith(Enumeration("Kitchen/KitchenOrder.cs", "KitchenStatus").Except(["ready", "cooking"]).Select(status => $"preparation {status}"));
        foreach (var step in Named(Steps())) words.UnionWith([$"{step} failed", $"undoing {step} failed"]);
        words.Count.ShouldBeGreaterThan(50);
        return words;
    }

    static HashSet<string> Reasons()
    {
        HashSet<string> reasons = [.. Named(GivenUp()), .. Named(Refusals()), .. Named(Cancelled())];
        reasons.Count.ShouldBeGreaterThan(6);
        return reasons;
    }

    static HashSet<string> Wrong()
    {
        var sources = new[] { "services/Customers/Profile.cs", "services/Products/ProductRules.cs", "services/Products/SaveProduct.cs", "shared/ServiceDefaults/Errors/FieldErrors.cs" };
        HashSet<string> reasons = [.. sources.SelectMany(file => Complaints().Matches(File.ReadAllText(Path.Combine(Repository.Find().Root, "src", file))))
            .Select(match => Numbers().Replace(match.Groups[1].Value, "#"))
            .Where(reason => !NeverTyped().IsMatch(reason))];
        reasons.Count.ShouldBeGreaterThan(15);
        return reasons;
    }

    static IEnumerable<string> Named(Regex pattern) => pattern.Matches(Orders).Select(match => match.Groups[1].Value);

    static IEnumerable<string> Enumeration(string file, string name)
    {
        var body = Regex.Match(File.ReadAllText(Path.Combine(Services, file)), $@"enum {name}\s*\{{(.*?)\}}", RegexOptions.Singleline).Groups[1].Value;
        return Regex.Matches(Regex.Replace(body, "//.*", ""), @"\w+").Select(match => char.ToLowerInvariant(match.Value[0]) + match.Value[1..]);
    }

    static IEnumerable<string> Known(string language, string section)
    {
        var texts = File.ReadAllText(Path.Combine(Repository.Find().Web, "src", "i18n", $"{language}.ts"));
        var body = Regex.Match(texts, $@"^  {section}: \{{(.*?)^  \}}", RegexOptions.Singleline | RegexOptions.Multiline).Groups[1].Value;
        return Regex.Matches(body, """^    (?:'([^']+)'|"([^"]+)"|(\w+)): '""", RegexOptions.Multiline).Select(match => string.Concat(match.Groups.Values.Skip(1)));
    }

    [GeneratedRegex("""Note\([^"]*"order-service", "([^"]+)""")]
    private static partial Regex Noted();

    [GeneratedRegex("""Outcome\.\w+\((?:Service|"[^"]+"), "([^"]+)""")]
    private static partial Regex Outcomes();

    [GeneratedRegex("""PostAsync\("/\w+", .*, "([^"]+)", ct\)""")]
    private static partial Regex Asked();

    [GeneratedRegex("""\[Topic\("((?:stock|payment|ticket|meal|preparation|delivery)-[^"]+)""")]
    private static partial Regex Topics();

    [GeneratedRegex("""\.(?:Step|Await)\(\s*"(\w+)""")]
    private static partial Regex Steps();

    [GeneratedRegex(@"""((?:must|is|are) [^""]+)""")]
    private static partial Regex Complaints();

    [GeneratedRegex(@"\{[^}]+\}|\d+")]
    private static partial Regex Numbers();

    // Of what a form sends by itself: ids, the language, the kind.
    [GeneratedRegex(@"\bids?\b|\bnull\b|^is (no variant|given out|there twice)|language tag|prepared or stocked")]
    private static partial Regex NeverTyped();

    [GeneratedRegex("""GiveUp\("([^"]+)""")]
    private static partial Regex GivenUp();

    [GeneratedRegex("""onRefusal: "([^"]+)""")]
    private static partial Regex Refusals();

    [GeneratedRegex("""\"((?:cancelled by|its delivery) [^"]+)""")]
    private static partial Regex Cancelled();
}
