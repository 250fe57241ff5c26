using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>What no well-behaved client sends, byte by byte. Each row says what is answered and what, if anything, of it is seen inside.</summary>
[Collection(nameof(GuardedDoor))]
public sealed partial class BadInputTests(GuardedDoor door)
{
    const string Head = "POST /api/orders HTTP/1.1\r\nHost: shop\r\nAuthorization: {pass}\r\nX-Marker: {id}\r\nContent-Type: application/json\r\n";
    const string Get = "GET /api/products?search={id} HTTP/1.1\r\nHost: shop\r\nX-Marker: {id}\r\n";
    const string Products = "GET /products?search={id}";

    // What an attacker would like a service to take for a request of its own.
    const string Hidden = "POST /payments?{id} HTTP/1.1\r\nHost: shop\r\nX-Marker: {id}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    /// <summary>Name, request, answers, seen inside.</summary>
    public static TheoryData<string, string, string, string> Corpus => new()
    {
        // whether it is as good as others, so that a refusal of them means something
        { "good", $"{Get}Connection: close\r\n\r\n", "200", Products },
        { "good order", $"{Head}Connection: close\r\nContent-Length: {{length}}\r\n\r\n{{order}}", "200", "POST /orders" },
        { "good order in chunks", $"{Head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{{chunk}}0\r\n\r\n", "200", "POST /orders" },

        // where a body ends: two opinions on it are a way in
        { "length and chunks", $"{Head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "chunks and length", $"{Head}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "two lengths", $"{Head}Content-Length: 0\r\nContent-Length: 44\r\n\r\n{Hidden}", "400", "" },
        { "one length twice", $"{Head}Content-Length: 5\r\nContent-Length: 5\r\n\r\n{Hidden}", "400", "" },
        { "a list of lengths", $"{Head}Content-Length: 5, 5\r\n\r\n{Hidden}", "400", "" },
        { "a negative length", $"{Head}Content-Length: -1\r\n\r\n{Hidden}", "400", "" },
        { "a length with a sign", $"{Head}Content-Length: +5\r\n\r\n{Hidden}", "400 400", "" },
        { "a hexadecimal length", $"{Head}Content-Length: 0x5\r\n\r\n{Hidden}", "400", "" },
        { "a length past every number", $"{Head}Content-Length: 99999999999999999999\r\n\r\n{Hidden}", "400", "" },
        { "an unknown coding", $"{Head}Transfer-Encoding: xchunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "no coding", $"{Head}Transfer-Encoding: identity\r\n\r\n{Hidden}", "400", "" },
        { "chunked is not the last coding", $"{Head}Transfer-Encoding: chunked, identity\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "another coding before", $"{Head}Transfer-Encoding: gzip, chunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "chunked twice", $"{Head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "chunked and then not", $"{Head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "chunked with a vertical tab", $"{Head}Transfer-Encoding: \vchunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "chunked in quotes", $"{Head}Transfer-Encoding: \"chunked\"\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "chunks in HTTP/1.0", $"{Head.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal)}Transfer-Encoding: chunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "an empty coding", $"{Head}Transfer-Encoding: \r\nContent-Length: 3\r\n\r\n{Hidden}", "400", "" },
        { "neither length nor chunks", $"{Head}\r\n{Hidden}", "400 404", "" },
        { "a body of GET is no second request", $"{Get}Content-Length: {Hidden.Length + (2 * 28)}\r\nConnection: close\r\n\r\n{Hidden}", "200", Products },

        { "a size of chunk past every number", $"{Head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF5\r\n{{order}}\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a negative size of chunk", $"{Head}Transfer-Encoding: chunked\r\n\r\n-5\r\n{{order}}\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a size of chunk with 0x", $"{Head}Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a blank before a size of chunk", $"{Head}Transfer-Encoding: chunked\r\n\r\n 5\r\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "no size of chunk", $"{Head}Transfer-Encoding: chunked\r\n\r\n\r\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a bare LF after a size of chunk", $"{Head}Transfer-Encoding: chunked\r\n\r\n5\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a bare LF in an extension of a chunk", $"{Head}Transfer-Encoding: chunked\r\n\r\n5;a\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a bare CR in an extension of a chunk", $"{Head}Transfer-Encoding: chunked\r\n\r\n5;a\rb\r\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a chunk longer than its size", $"{Head}Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n{Hidden}", "400", "" },
        { "a trailer that says who asks", $"{Head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{{chunk}}0\r\nX-User-Id: operator\r\nContent-Length: 9\r\n\r\n", "200", "POST /orders" },

        // lines and names
        { "bare LF in headers", $"{Get.Replace("\r\n", "\n", StringComparison.Ordinal)}\n", "400", "" },
        { "bare LF between two headers", $"{Get}X-A: b\nContent-Length: 0\r\n\r\n", "400", "" },
        { "bare CR between two headers", $"{Get}X-A: b\rX-User-Id: operator\r\n\r\n", "400", "" },
        { "a folded header", $"{Get}X-A: b\r\n X-User-Id: operator\r\n\r\n", "400", "" },
        { "a folded header with a tab", $"{Get}Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n", "400", "" },
        { "a blank before the first header", $"GET /api/products?search={{id}} HTTP/1.1\r\n Host: shop\r\nX-Marker: {{id}}\r\n\r\n", "400", "" },
        { "a blank after a name", $"{Head}Transfer-Encoding : chunked\r\n\r\n{{chunk}}0\r\n\r\n{Hidden}", "400", "" },
        { "a tab after a name", $"{Head}Content-Length\t: 5\r\n\r\n{Hidden}", "400", "" },
        { "a blank in a name", $"{Get}X A: b\r\n\r\n", "400", "" },
        { "a name with a NUL", $"{Get}X-A\0: b\r\n\r\n", "400", "" },
        { "a value with a NUL", $"{Get}X-A: b\0c\r\n\r\n", "400", "" },
        { "a header without a name", $"{Get}: b\r\n\r\n", "400", "" },
        { "a header without a colon", $"{Get}X-A\r\n\r\n", "400", "" },
        { "a name beyond ASCII", $"{Get}X-\u00e9: b\r\n\r\n", "400", "" },

        // the first line
        { "no version", $"GET /api/products?search={{id}}\r\n\r\n", "400", "" },
        { "a version of the future", Get.Replace("HTTP/1.1", "HTTP/3.1", StringComparison.Ordinal) + "\r\n", "505", "" },
        { "HTTP/2 without agreement", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", "" },
        { "two blanks", Get.Replace(" HTTP", "  HTTP", StringComparison.Ordinal) + "Connection: close\r\n\r\n", "200", Products },
        { "a tab for a blank", Get.Replace("GET ", "GET\t", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "CR in the query", Get.Replace("{id} HTTP", "{id}\rX-User-Id:operator HTTP", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "LF in the query", Get.Replace("{id} HTTP", "{id}\nX-User-Id:operator HTTP", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "a NUL in the path", Get.Replace("products?", "products\0?", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "an encoded NUL in the path", Get.Replace("products?", "products%00?", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "beyond ASCII in the path", Get.Replace("products?", "product\u00e9?", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "overlong UTF-8 in the path", Get.Replace("products?", "..%c0%afpayments?", StringComparison.Ordinal) + "Connection: close\r\n\r\n", "404", "" },
        { "encoded CR and LF in the query", Get.Replace("{id} HTTP", "{id}%0d%0aX-User-Id:%20operator HTTP", StringComparison.Ordinal) + "Connection: close\r\n\r\n", "200", $"{Products}%0d%0aX-User-Id:%20operator" },
        { "a parameter on a path", Get.Replace("products?", "products;x=1?", StringComparison.Ordinal) + "Connection: close\r\n\r\n", "404", "" },
        { "a picture with a line after it", Get.Replace("products?", "products/pictures/a.svg%0a?", StringComparison.Ordinal) + "Connection: close\r\n\r\n", "400", "" },
        { "no host", $"GET /api/products?search={{id}} HTTP/1.1\r\nX-Marker: {{id}}\r\n\r\n", "400", "" },
        { "two hosts", $"{Get}Host: evil\r\n\r\n", "400", "" },
        { "a host with a user", Get.Replace("Host: shop", "Host: a@evil", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "a host with a path", Get.Replace("Host: shop", "Host: shop/payments", StringComparison.Ordinal) + "\r\n", "400", "" },
        { "another host in the target", Get.Replace("GET /", "GET http://payment-service/", StringComparison.Ordinal) + "\r\n", "400", "" },

        // hops
        { "Connection names the length", $"{Get}Connection: Content-Length\r\n\r\n{Hidden}", "200 404", Products },
        { "Connection names no name", $"{Get}Connection: a b, (c), \"d\"\r\n\r\n{Hidden}", "200 404", Products },
        { "Connection names many", $"{Get}Connection: {string.Join(',', Enumerable.Range(0, 2000).Select(i => $"x-{i}"))}\r\n\r\n{Hidden}", "200 404", Products },
        { "an upgrade to HTTP/2", $"{Get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n{Hidden}", "200 404", Products },
        { "an upgrade to a socket", $"{Get}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{Hidden}", "200 404", Products },
        { "a second request for what is inside", $"{Get}\r\n{Hidden}", "200 404", Products },
        { "an expectation that nobody meets", $"{Head}Expect: 200-ok\r\nConnection: close\r\nContent-Length: {{length}}\r\n\r\n{{order}}", "417", "" },

        // sizes
        { "a long target", Get.Replace("{id} HTTP", $"{{id}}{new string('a', 9000)} HTTP", StringComparison.Ordinal) + "\r\n", "414", "" },
        { "many headers", $"{Get}{string.Concat(Enumerable.Repeat("X-A: b\r\n", 200))}\r\n", "431", "" },
        { "a large header", $"{Get}X-A: {new string('a', 40_000)}\r\n\r\n", "431", "" },
        { "a body that says it is too large", $"{Head}Content-Length: 999999999\r\n\r\n", "413", "" },

        // bodies
        { "deep", Order("application/json", $"{{\"lines\":{new string('[', 5000)}"), "400", "" },
        { "deep where nobody looks", Order("application/json", $"{{\"x\":{new string('[', 40)}{new string(']', 40)}}}"), "400", "" },
        { "a number past every number", Order("application/json", "{\"lines\":[{\"variantId\":\"{customer}\",\"quantity\":1e999999999}],\"addressId\":\"{customer}\",\"paymentToken\":\"x\"}"), "400", "" },
        { "bytes that are no text", Order("application/json", "{\"paymentToken\":\"\u00ff\u00fe\"}"), "400", "" },
        { "another encoding", Order("application/json; charset=utf-16", "{order}"), "415", "" },
        { "an encoding that is not allowed", Order("application/json; charset=utf-7", "{order}"), "415", "" },
        { "an encoding that nobody knows", Order("application/json; charset=satay", "{order}"), "415", "" },
        { "two types", Order("application/json, text/plain", "{order}"), "415", "" },
        { "no type that is one", Order("application", "{order}"), "415", "" },
        { "compressed", Order("application/json\r\nContent-Encoding: gzip", "{order}"), "415", "" },
    };

    [Theory, MemberData(nameof(Corpus))]
    public async Task What_nobody_should_send_is_refused_or_harmless(string name, string request, string answers, string inside)
    {
        var customer = Guid.CreateVersion7();
        var id = $"{Guid.NewGuid():N}";
        var order = $$"""{"lines":[{"variantId":"{{customer}}","quantity":2}],"addressId":"{{customer}}","paymentToken":"tok_visa"}""";
        string Filled(string text) => text.Replace("{id}", id, StringComparison.Ordinal).Replace("{pass}", $"Bearer {TestIssuer.Shared.Token(customer, "customer")}", StringComparison.Ordinal)
            .Replace("{customer}", $"{customer}", StringComparison.Ordinal).Replace("{chunk}", $"{order.Length:x}\r\n{order}\r\n", StringComparison.Ordinal)
            .Replace("{length}", $"{order.Length}", StringComparison.Ordinal).Replace("{order}", order, StringComparison.Ordinal);

        var (answered, whole) = await SendRaw(Filled(request));

        answered.ShouldBe(answers, $"{name}: {whole}");
        var seen = door.Upstream.Asked.Where(asked => asked.Target.Contains(id, StringComparison.Ordinal) || asked.Headers.GetValueOrDefault("X-Marker") == id).ToList();
        string.Join(' ', seen.Select(asked => $"{asked.Method} {asked.Target}")).ShouldBe(Filled(inside), name);
        seen.SelectMany(asked => asked.Headers.Keys).Intersect(["X-User-Id", "X-Content-Length", "Upgrade", "HTTP2-Settings", "TE", "Trailer"], StringComparer.OrdinalIgnoreCase).ShouldBeEmpty(name);
    }

    [Fact]
    public async Task Who_sends_too_slowly_is_sent_away()
    {
        var id = $"{Guid.NewGuid()}";
        var headers = Drip("GET /api/products HTTP/1.1\r\nHost: shop\r\nX-A: ");
        var pass = TestIssuer.Shared.Token(Guid.NewGuid(), "customer");
        var body = Drip($"{Head.Replace("{id}", id, StringComparison.Ordinal).Replace("{pass}", $"Bearer {pass}", StringComparison.Ordinal)}Content-Length: 5000\r\n\r\n[");

        (await headers).ShouldBe("408");
        (await body).ShouldBe("408");
        door.Upstream.Asked.ShouldNotContain(asked => asked.Headers.GetValueOrDefault("X-Marker") == id);

        // A byte every tenth of a second, until there is an answer; a minute at most.
        async Task<string> Drip(string beginning)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(beginning));
            var answer = new byte[1000];
            var read = client.GetStream().ReadAsync(answer).AsTask();
            for (var i = 0; i < 600 && await Task.WhenAny(read, Task.Delay(100)) != read; i++)
                await client.GetStream().WriteAsync("a"u8.ToArray());
            return read.IsCompleted ? Statuses().Match(Encoding.ASCII.GetString(answer, 0, await read)).Groups[1].Value : "no answer";
        }
    }

    static string Order(string type, string body) => Head.Replace("application/json", type, StringComparison.Ordinal)
        + $"Connection: close\r\nContent-Length: {(body == "{order}" ? "{length}" : body.Replace("{customer}", new string('c', 36), StringComparison.Ordinal).Length)}\r\n\r\n{body}";

    /// <summary>Sends the bytes as they are and reads until the gateway closes the connection.</summary>
    /// <returns>The status of each answer, and everything that was answered.</returns>
    async Task<(string Statuses, string Whole)> SendRaw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
        var whole = new StringBuilder();
        try
        {
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
            using var time = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            var buffer = new byte[16 * 1024];
            while (await client.GetStream().ReadAsync(buffer, time.Token) is var read and > 0) whole.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // The gateway had enough.
        }
        catch (OperationCanceledException)
        {
            whole.Append("HTTP/1.1 000 and then it waited");
        }
        return (string.Join(' ', Statuses().Matches(whole.ToString()).Select(match => match.Groups[1].Value)), whole.ToString());
    }

    [GeneratedRegex(@"HTTP/1\.1 (\d{3})")]
    private static partial Regex Statuses();
}
