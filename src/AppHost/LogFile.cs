namespace Kampung.AppHost;

/// <summary>A process's output in a file. At 10 MB it is moved to <c>NAME.log.1</c> and begun anew, so that two of them are the most.</summary>
public sealed class LogFile(string path, long limit = 10 * 1024 * 1024) : IDisposable
{
    readonly Lock writing = new();
    StreamWriter? writer;

    public string Path => path;

    public void Write(string line)
    {
        lock (writing)
        {
            writer ??= new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
            writer.WriteLine(line);
            if (writer.BaseStream.Position < limit) return;
            writer.Dispose();
            writer = null;
            File.Move(path, path + ".1", overwrite: true);
        }
    }

    public void Dispose()
    {
        lock (writing)
        {
            writer?.Dispose();
            writer = null;
        }
    }
}
