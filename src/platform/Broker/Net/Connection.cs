using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Kampung.Broker.Protocol;
using Kampung.Broker.Protocol.Apis;

namespace Kampung.Broker.Net;

/// <summary>
/// One client's connection. Requests are begun in the order in which they come and answered in that order, but the next one is begun before the last
/// is answered: so several produces share one flush to disk.
/// </summary>
internal sealed class Connection(Socket socket, Node node, ILogger logger) : IDisposable
{
    const int MaxUnanswered = 64;

    readonly record struct Answer(ValueTask Written, ResponseWriter Response);

    readonly FrameReader _frames = new(socket, node.Options.MaxRequestBytes);
    readonly Channel<Answer> _answers = Channel.CreateBounded<Answer>(new BoundedChannelOptions(MaxUnanswered) { SingleReader = true, SingleWriter = true });
    readonly ConcurrentBag<ResponseWriter> _spare = [];
    readonly string _remote = ((IPEndPoint)socket.RemoteEndPoint!).Address.ToString();
    byte[] _clientIdBytes = [];
    string _clientId = "";

    /// <summary>Serves the client until either side closes.</summary>
    public async Task RunAsync()
    {
        var answering = AnswerAsync();
        try
        {
            while (await _frames.ReadAsync() is { } frame)
            {
                var response = _spare.TryTake(out var spare) ? spare : new ResponseWriter();
                await _answers.Writer.WriteAsync(new Answer(Begin(frame.Span, response), response));
            }
        }
        catch (MalformedRequestException error)
        {
            Interlocked.Increment(ref node.Counters.RefusedRequests);
            logger.LogWarning("Closed the connection of {Client} at {Remote}: {Reason}", _clientId, _remote, error.Message);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // The client is gone, or the broker ends.
        }
#pragma warning disable CA1031 // one client's request must not end the broker
        catch (Exception error)
        {
            logger.LogError(error, "Closed the connection of {Client} at {Remote}: its request failed", _clientId, _remote);
        }
#pragma warning restore CA1031
        finally
        {
            _answers.Writer.TryComplete();
        }
        await answering;
    }

    /// <summary>Ends <see cref="RunAsync"/>.</summary>
    public void Close() => socket.Dispose();

    public void Dispose()
    {
        socket.Dispose();
        _frames.Dispose();
        while (_spare.TryTake(out var spare)) spare.Dispose();
    }

    ValueTask Begin(Span<byte> frame, ResponseWriter response)
    {
        Interlocked.Increment(ref node.Counters.Requests);
        var request = new RequestReader(frame);
        var key = request.Int16();
        var version = request.Int16();
        var correlation = request.Int32();
        var clientId = request.ShortBytes();

        response.Int32(0); // length, known at the end
        response.Int32(correlation);
        var api = Api.Find(key);
        if (api is null || !api.Answers(version))
        {
            Interlocked.Increment(ref node.Counters.RefusedRequests);
            logger.LogWarning("Client {Client} at {Remote} asks for API {Api} version {Version}, which this broker does not have", _clientId, _remote, key, version);
            if (api?.Key == ApiKey.ApiVersions) ApiVersions.Write(response, ErrorCode.UnsupportedVersion, version: 0);
            else response.Error(ErrorCode.UnsupportedVersion);
            return default;
        }

        request.Flexible = response.Flexible = api.IsFlexible(version);
        request.Tags();
        // A client that does not know the broker yet could not read tags in the head of this answer.
        if (api.Key != ApiKey.ApiVersions) response.Tags();
        return api.Handle(new RequestContext(node, version, ClientId(clientId), _remote), ref request, response);
    }

    async Task AnswerAsync()
    {
        try
        {
            await foreach (var (written, response) in _answers.Reader.ReadAllAsync())
            {
                await written;
                if (response.Wanted) await SendAsync(response);
                response.Reset();
                _spare.Add(response);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The client is gone.
        }
#pragma warning disable CA1031 // one client's request must not end the broker
        catch (Exception error)
        {
            logger.LogError(error, "Closed the connection of {Client} at {Remote}: its request failed", _clientId, _remote);
        }
#pragma warning restore CA1031
        finally
        {
            _answers.Writer.TryComplete();
            socket.Dispose();
        }
    }

    async ValueTask SendAsync(ResponseWriter response)
    {
        response.Int32At(0, response.Length - sizeof(int));
        for (var rest = response.Written; rest.Length > 0;) rest = rest[await socket.SendAsync(rest)..];
    }

    /// <summary>The client's name, as a string that is made once and not for each request.</summary>
    string ClientId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.SequenceEqual(_clientIdBytes)) return _clientId;
        _clientIdBytes = bytes.ToArray();
        return _clientId = Encoding.UTF8.GetString(bytes);
    }
}
