namespace Kampung.AppHost;

/// <summary>The verb <c>logs</c>: a process's log for people, JSON lines made readable.</summary>
public static class Logs
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync(DataFolder data, string name, bool follow, CancellationToken stop)
    {
        var path = data.Log(name);
        if (name != Path.GetFileName(name) || !File.Exists(path))
        {
            // A known name without a log, or an unknown one: each gets its own sentence.
            Village.Find(name);
            throw new KampungException($"{name} has written no log in {data.Path}: it was not started there yet.");
        }
        var reader = Open(path);
        try
        {
            while (true)
            {
                while (await reader.ReadLineAsync(stop) is { } line) Console.WriteLine(LogLine.Parse(line));
                if (!follow) return 0;
                await Task.Delay(Poll, stop);
                // Shorter than what was read: it was rotated.
                if (!File.Exists(path) || new FileInfo(path).Length >= reader.BaseStream.Position) continue;
                reader.Dispose();
                reader = Open(path);
            }
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        finally
        {
            reader.Dispose();
        }
    }

    static StreamReader Open(string path) => new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
}
