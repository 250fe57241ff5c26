using System.Text.RegularExpressions;
using Shouldly;

namespace Kampung.Testing;

/// <summary>The folder that mail goes into on one machine.</summary>
public sealed partial class Mailbox(string folder)
{
    /// <summary>Waits until exactly these kinds of letter have reached the address, each as often as it is named, in any order.</summary>
    public async Task Holds(string address, IEnumerable<string> kinds, TimeSpan? within = null)
    {
        var expected = kinds.Order().ToList();
        await Eventually.Passes(() =>
        {
            KindsTo(address).ShouldBe(expected);
            return Task.CompletedTask;
        }, within);
    }

    List<string> KindsTo(string address) =>
        [.. Directory.EnumerateFiles(folder, "*.eml").Select(File.ReadAllText)
            .Where(letter => letter.Contains($"<{address}>", StringComparison.Ordinal))
            .Select(letter => MessageId().Match(letter).Groups["kind"].Value)
            .Order()];

    [GeneratedRegex(@"^Message-Id: <(?<kind>[^.]+)\.", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex MessageId();
}
