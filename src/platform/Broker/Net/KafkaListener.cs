using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Kampung.Broker.Net;

/// <summary>Accepts the clients' connections. At the end it closes them at once, long polls and all: clients come back on their own.</summary>
internal sealed class KafkaListener(Node node, ILogger<KafkaListener> logger) : IHostedService, IDisposable
{
    readonly Socket _listener = new(IPAddress.Parse(node.Options.Listen).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    readonly ConcurrentDictionary<Connection, bool> _connections = new();
    Task _accepting = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var address = IPAddress.Parse(node.Options.Listen);
        try
        {
            _listener.Bind(new IPEndPoint(address, node.Options.Port));
            _listener.Listen();
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new StartFailedException($"Port {node.Options.Port} is taken by another process; set Broker:Port to a free one, or to 0.");
        }
        catch (SocketException error)
        {
            throw new StartFailedException($"The broker cannot listen on {address}:{node.Options.Port}: {error.Message}.");
        }
        var port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        node.Port = node.Options.AdvertisedPort > 0 ? node.Options.AdvertisedPort : port;
        logger.LogInformation("Listening on {Address}:{Port}; Kafka clients connect to {Host}:{AdvertisedPort}; data in {Folder}",
            address, port, node.Options.Host, node.Port, Path.GetFullPath(node.Options.Data));
        _accepting = AcceptAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _listener.Dispose();
        await _accepting;
        foreach (var connection in _connections.Keys) connection.Close();
    }

    public void Dispose() => _listener.Dispose();

    async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                var connection = new Connection(socket, node, logger);
                _connections[connection] = true;
                _ = ServeAsync(connection);
            }
            catch (Exception error) when (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException error)
            {
                logger.LogWarning(error, "A connection could not be accepted");
                await Task.Delay(TimeSpan.FromMilliseconds(100)); // too many open files, perhaps: not at once again
            }
        }
    }

    async Task ServeAsync(Connection connection)
    {
        Interlocked.Increment(ref node.Counters.Connections);
        await Task.Yield(); // the next connection is accepted meanwhile
        await connection.RunAsync();
        _connections.TryRemove(connection, out _);
        connection.Dispose();
        Interlocked.Decrement(ref node.Counters.Connections);
    }
}
