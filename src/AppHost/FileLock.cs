using System.Diagnostics;

namespace Kampung.AppHost;

/// <summary>A lock between processes: an exclusively opened file, which the operating system lets go when its process ends, however it ends.</summary>
public sealed class FileLock : IAsyncDisposable
{
    readonly FileStream file;

    FileLock(FileStream file) => this.file = file;

    /// <returns>null when another process holds it.</returns>
    public static FileLock? Try(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <exception cref="KampungException">It was not free within the time.</exception>
    public static async Task<FileLock> WaitAsync(string path, TimeSpan within, CancellationToken stop = default)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            if (Try(path) is { } held) return held;
            if (since.Elapsed > within) throw new KampungException($"{path} was held by another process for {within.TotalMinutes:0} minutes.");
            await Task.Delay(100, stop);
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();
}
