using Kampung.Testing;

namespace Kampung.AppHost.Tests;

public sealed class LogTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    [Fact]
    public void A_log_file_at_its_limit_is_moved_aside_and_begun_anew()
    {
        using var log = new LogFile(folder["x.log"], limit: 100);
        for (var i = 0; i < 27; i++) log.Write($"line {i:00} is twenty one");
        log.Dispose();
        new FileInfo(folder["x.log"]).Length.ShouldBeLessThanOrEqualTo(100);
        File.ReadAllText(folder["x.log.1"]).ShouldContain("line 24");
        Directory.GetFiles(folder.Path).Length.ShouldBe(2);
    }

    [Fact]
    public void A_JSON_line_is_shown_readable_and_any_other_as_it_is()
    {
        LogLine.Parse("""{"@t":"2026-01-02T03:04:05.678Z","@m":"Order placed","@l":"Warning","x":1}""").ToString().ShouldEndWith(" WARN Order placed");
        LogLine.Parse("{half a line").ToString().ShouldBe("{half a line");
        LogLine.Parse("plain").ToString().ShouldBe("plain");
    }

    [Fact]
    public void The_reason_of_an_end_is_the_last_error_before_the_last_words() =>
        LogLine.Reason([
            """{"@t":"2026-01-02T03:04:05Z","@l":"Fatal","@m":"Host terminated","@x":"Npgsql.NpgsqlException: no route\n at X"}""",
            """{"@t":"2026-01-02T03:04:05Z","@m":"Bye"}""",
            "",
        ]).ShouldBe("Host terminated: Npgsql.NpgsqlException: no route");

    public void Dispose() => folder.Dispose();
}
