using System.Diagnostics;

namespace Kampung.AppHost.Audit;

/// <summary>The verb <c>audit</c>: compares the books of all services of the running village.</summary>
public static class Auditor
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <returns>0 when the books balance, 2 when they do not.</returns>
    /// <exception cref="KampungException">The village does not run, or a service cannot be asked.</exception>
    public static async Task<int> RunAsync(DataFolder data, TimeSpan settle, CancellationToken stop)
    {
        var (control, _) = await ControlClient.ConnectAsync(data, stop);
        using var closing = control;
        var (report, _) = await AuditAsync(control, settle, [], stop);
        foreach (var line in report.Lines()) Console.WriteLine(line);
        return report.Holds ? 0 : 2;
    }

    /// <summary>Audits as soon as all is quiet and balances, and when the time is up in any case: what is still on its way by then has no excuse.</summary>
    /// <param name="more">What else must hold.</param>
    public static async Task<(AuditReport Report, Books Books)> AuditAsync(ControlClient control, TimeSpan settle, IReadOnlyList<Invariant> more, CancellationToken stop)
    {
        using var tokens = new VillageTokens(control);
        using var http = tokens.OperatorClient(TimeSpan.FromSeconds(20));
        using var groups = new ConsumerGroups(control.File);
        var since = Stopwatch.StartNew();
        while (true)
        {
            var late = since.Elapsed >= settle;
            try
            {
                var books = await Books.ReadAsync(await control.ProcessesAsync(stop), http, groups, stop);
                var report = new AuditReport(books.IsQuiet, [.. Invariants.All.Concat(more).Select(invariant => Check(invariant, books))]);
                if (late || (report.Quiet && report.Holds)) return (report, books);
            }
            catch (HttpRequestException) when (!late)
            {
                // It may be starting again.
            }
            catch (HttpRequestException e)
            {
                throw new KampungException($"The books cannot be compared: {e.Message}.", e);
            }
            await Task.Delay(Pause, stop);
        }
    }

    static AuditedInvariant Check(Invariant invariant, Books books)
    {
        var (figures, violations) = invariant.Check(books);
        return new(invariant.Name, figures, violations);
    }
}
