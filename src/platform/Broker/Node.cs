using System.Security.Cryptography;
using System.Text;
using Kampung.Broker.Groups;
using Kampung.Broker.Log;

namespace Kampung.Broker;

/// <summary>A sentence for the person who started the broker; the process ends with it.</summary>
internal sealed class StartFailedException(string message) : Exception(message);

/// <summary>The one broker of the cluster and all that it keeps in its data folder.</summary>
internal sealed class Node : IDisposable
{
    public const int Id = 1;

    readonly FileStream _lock;
    readonly Timer _housekeeping;

    public Node(BrokerOptions options, ILogger<Node> logger)
    {
        Options = options;
        _lock = Lock(options.Data);
        ClusterId = ReadOrMakeClusterId(options.Data);
        ProducerIds = new ProducerIds(options.Data);
        Topics = new TopicStore(options, logger);
        Groups = new GroupCoordinator(new OffsetStore(options.Data, logger), options.Groups, logger);
        _housekeeping = new Timer(_ => Retain(logger), null, options.Retention.Check, options.Retention.Check);
    }

    public BrokerOptions Options { get; }

    public string ClusterId { get; }

    public ProducerIds ProducerIds { get; }

    public TopicStore Topics { get; }

    public GroupCoordinator Groups { get; }

    public Counters Counters { get; } = new();

    /// <summary>The port clients are told to connect to.</summary>
    public int Port { get; set; }

    public void Dispose()
    {
        _housekeeping.Dispose();
        Topics.Dispose();
        Groups.Dispose();
        _lock.Dispose();
    }

    void Retain(ILogger logger)
    {
        try
        {
            var now = DateTimeOffset.UtcNow;
            Topics.Retain(now);
            Groups.Retain(now - Options.Retention.Offsets);
        }
        catch (IOException error)
        {
            logger.LogError(error, "Retention failed and will be tried again");
        }
    }

    static FileStream Lock(string folder)
    {
        var path = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(path);
            return new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartFailedException($"The data folder {path} cannot be written to.");
        }
        catch (IOException) when (Directory.Exists(path))
        {
            throw new StartFailedException($"The data folder {path} is in use by another broker.");
        }
        catch (IOException error)
        {
            throw new StartFailedException($"The data folder {path} cannot be made: {error.Message}");
        }
    }

    static string ReadOrMakeClusterId(string folder)
    {
        var file = Path.Combine(folder, "cluster-id");
        if (!File.Exists(file))
            DurableFile.Write(file, Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).TrimEnd('=').Replace('+', '-').Replace('/', '_')));
        return File.ReadAllText(file);
    }
}
