using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kampung.AppHost;

/// <summary>
/// Free TCP ports on the loopback address. They are taken from below the range that the operating system gives to outgoing connections,
/// so that a process that restarts finds its port still free.
/// </summary>
public static class FreePort
{
    static readonly HashSet<int> Given = [];

    public static int Next()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(15_000, 32_000);
            lock (Given)
                if (!Given.Add(port)) continue;
            if (IsFree(port)) return port;
        }
    }

    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Without it a port whose last connections are in TIME_WAIT looks taken, although servers can bind to it.
        if (!OperatingSystem.IsWindows()) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
