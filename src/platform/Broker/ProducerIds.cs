using System.Globalization;
using System.Text;
using Kampung.Broker.Log;

namespace Kampung.Broker;

/// <summary>Hands out ids for idempotent producers, never the same one twice: a block is reserved on disk before any id of it is given.</summary>
internal sealed class ProducerIds
{
    const int Block = 1000;

    readonly Lock _gate = new();
    readonly string _file;
    long _next;
    long _reserved;

    public ProducerIds(string folder)
    {
        _file = Path.Combine(folder, "producer-ids");
        if (File.Exists(_file)) _next = _reserved = long.Parse(File.ReadAllText(_file), CultureInfo.InvariantCulture);
    }

    public long Next()
    {
        lock (_gate)
        {
            if (_next == _reserved)
            {
                DurableFile.Write(_file, Encoding.ASCII.GetBytes((_reserved + Block).ToString(CultureInfo.InvariantCulture)));
                _reserved += Block;
            }
            return _next++;
        }
    }
}
