using System.Diagnostics;
using System.Runtime.CompilerServices;
using Shouldly;

namespace Kampung.Testing;

/// <summary>Waits for a condition, and fails with the condition's own text when it does not come true in time (a minute unless told).</summary>
public static class Eventually
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static Task Is(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string text = "") =>
        Is(() => Task.FromResult(condition()), within, text);

    /// <remarks>An exception inside the condition counts as not yet; the last one is told when time is up.</remarks>
    public static async Task Is(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        var since = Stopwatch.StartNew();
        Exception? last = null;
        do
        {
            try
            {
                if (await condition()) return;
                last = null;
            }
            catch (Exception e)
            {
                last = e;
            }
            await Task.Delay(20);
        }
        while (since.Elapsed < (within ?? Patience));
        throw new ShouldAssertException($"{text} did not come true within {since.Elapsed.TotalSeconds:0.0} s{(last is null ? "" : ": " + last)}", last);
    }

    /// <summary>Repeats an assertion (or a value that throws until it is there) until it passes.</summary>
    public static async Task<T> Get<T>(Func<Task<T>> value, TimeSpan? within = null, [CallerArgumentExpression(nameof(value))] string text = "")
    {
        T result = default!;
        await Is(async () =>
        {
            result = await value();
            return result is not null;
        }, within, text);
        return result;
    }

    public static Task Passes(Func<Task> assertion, TimeSpan? within = null, [CallerArgumentExpression(nameof(assertion))] string text = "") =>
        Is(async () =>
        {
            await assertion();
            return true;
        }, within, text);
}
