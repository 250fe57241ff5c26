using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace Kampung.Notifications.Tests;

/// <summary>What the mail server does with a message for a recipient.</summary>
public enum Treatment
{
    Accept,

    /// <summary>451: try again later.</summary>
    FailForNow,

    /// <summary>550: never.</summary>
    Refuse,

    /// <summary>Takes the message and cuts the connection before saying so.</summary>
    CutAfterData,

    /// <summary>Takes the message and never answers.</summary>
    Hang,
}

/// <summary>A mail server that somebody else runs (RFC 5321, as much of it as a client needs), and that fails on demand.</summary>
public sealed class SmtpServer : IDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly ConcurrentQueue<(string To, MimeMessage Message)> received = new();
    readonly ConcurrentDictionary<string, ConcurrentQueue<Treatment>> treatments = new();
    readonly CancellationTokenSource stopped = new();

    public SmtpServer()
    {
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Everything that was sent to <paramref name="recipient"/> up to the final dot, whatever the answer was.</summary>
    public IReadOnlyList<MimeMessage> For(string recipient) => [.. received.Where(message => message.To == recipient).Select(message => message.Message)];

    /// <summary>How to treat the next messages for this recipient, one after the other; then they are accepted.</summary>
    public void Treats(string recipient, params Treatment[] next) => treatments[recipient] = new(next);

    async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopped.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            await using var writer = new StreamWriter(client.GetStream(), Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 stand-in ready");
            var recipient = "";
            while (await reader.ReadLineAsync(stopped.Token) is { } line)
            {
                switch (line.Split(' ', ':')[0].ToUpperInvariant())
                {
                    case "EHLO":
                        await writer.WriteLineAsync("250-stand-in\r\n250 8BITMIME");
                        break;
                    case "RCPT":
                        recipient = line[(line.IndexOf('<') + 1)..line.IndexOf('>')];
                        await writer.WriteLineAsync("250 ok");
                        break;
                    case "DATA":
                        await writer.WriteLineAsync("354 go on");
                        if (!await TakeAsync(reader, writer, recipient)) return;
                        break;
                    case "QUIT":
                        await writer.WriteLineAsync("221 bye");
                        return;
                    default:
                        await writer.WriteLineAsync("250 ok");
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // the other side hung up
        }
    }

    async Task<bool> TakeAsync(StreamReader reader, StreamWriter writer, string recipient)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(stopped.Token) is { } line && line != ".")
            text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        received.Enqueue((recipient, await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(text.ToString())))));

        var treatment = treatments.TryGetValue(recipient, out var next) && next.TryDequeue(out var first) ? first : Treatment.Accept;
        switch (treatment)
        {
            case Treatment.CutAfterData:
                return false;
            case Treatment.Hang:
                await Task.Delay(Timeout.Infinite, stopped.Token);
                return false;
            case Treatment.FailForNow:
                await writer.WriteLineAsync("451 try again later");
                return true;
            case Treatment.Refuse:
                await writer.WriteLineAsync("550 no such person");
                return true;
            default:
                await writer.WriteLineAsync("250 taken");
                return true;
        }
    }

    public void Dispose()
    {
        stopped.Cancel();
        listener.Dispose();
    }
}
