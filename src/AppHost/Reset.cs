namespace Kampung.AppHost;

/// <summary>The verb <c>reset</c>.</summary>
public static class Reset
{
    public static async Task<int> RunAsync(DataFolder data, bool yes, CancellationToken stop)
    {
        if (!data.Exists)
        {
            Console.WriteLine($"There is nothing at {data.Path}.");
            return 0;
        }
        // A mistyped --data must not cost anyone a folder of something else.
        if (!data.IsOurs) throw new KampungException($"{data.Path} does not look like a data folder of Kampung, so it is left alone.");
        if (!yes)
        {
            if (Console.IsInputRedirected) throw new KampungException($"Everything in {data.Path} would be deleted: say so with --yes.");
            Console.Write($"Delete all databases, events, mails, logs and configuration in {data.Path}? [y/N] ");
            if (Console.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes")) return 1;
        }
        await using (data.Open())
        {
            data.EndLeftovers();
            stop.ThrowIfCancellationRequested();
            data.Clear();
        }
        Directory.Delete(data.Path, recursive: true);
        Console.WriteLine($"{data.Path} is gone.");
        return 0;
    }
}
