using System.Net;
using System.Net.Http.Headers;
using System.Xml.Linq;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>XML for clients that ask for it; the services see and speak JSON only.</summary>
[Collection(nameof(GuardedDoor))]
public sealed class XmlTests(GuardedDoor door)
{
    static readonly Guid Siti = Guid.CreateVersion7();
    static readonly XNamespace Problem = "urn:ietf:rfc:7807";

    const string Instance = "http://www.w3.org/2001/XMLSchema-instance";
    const string Order = "<order><lines><line><variantId>{id}</variantId><quantity>2</quantity></line></lines><addressId>{id}</addressId><paymentToken>00123</paymentToken></order>";

    readonly string marker = $"{Guid.NewGuid()}";

    public static TheoryData<string, string, string?> BadXml => new()
    {
        { "a bomb of entities", $"<!DOCTYPE o [<!ENTITY a0 \"ha\">{string.Concat(Enumerable.Range(1, 20).Select(Tenfold))}]><order><paymentToken>&a20;</paymentToken></order>", null },
        { "a file as an entity", "<!DOCTYPE o [<!ENTITY f SYSTEM \"file:///etc/hostname\">]><order><paymentToken>&f;</paymentToken></order>", null },
        { "an entity from elsewhere", "<!DOCTYPE o SYSTEM \"http://127.0.0.1:1/o.dtd\"><o/>", null },
        { "a document type that says nothing", Order.Replace("<order>", "<!DOCTYPE order><order>", StringComparison.Ordinal), null },
        { "an entity that nobody declared", Order.Replace("00123", "&token;", StringComparison.Ordinal), null },
        { "too deep", $"<order><lines>{string.Concat(Enumerable.Repeat("<a>", 100_000))}", null },
        { "attributes", Order.Replace("<order>", "<order id=\"1\">", StringComparison.Ordinal), null },
        { "text between elements", Order.Replace("<order>", "<order>text", StringComparison.Ordinal), null },
        { "elements where text belongs", Order.Replace("00123", "<a/>", StringComparison.Ordinal), null },
        { "two roots", Order + Order, null },
        { "cut off", Order[..^3], null },
        { "JSON", "{}", null },
        { "nothing in it", "<order/>", "lines paymentToken addressId" },
        { "no number", Order.Replace(">2<", ">two<", StringComparison.Ordinal), "lines[0].quantity" },
        { "half a piece", Order.Replace(">2<", ">2.5<", StringComparison.Ordinal), "lines[0].quantity" },
        { "null where something is needed", Order.Replace("<paymentToken>", $"<paymentToken xmlns:x=\"{Instance}\" x:nil=\"true\">", StringComparison.Ordinal), "paymentToken" },
        { "twice", Order.Replace("<paymentToken>", "<paymentToken>1</paymentToken><paymentToken>", StringComparison.Ordinal), "paymentToken" },
    };

    static string Tenfold(int level) => $"<!ENTITY a{level} \"{string.Concat(Enumerable.Repeat($"&a{level - 1};", 10))}\">";

    [Fact]
    public async Task A_body_in_XML_goes_inside_as_JSON_with_the_types_of_the_schema()
    {
        var order = $"<?xml version=\"1.0\"?>\n{Order.Replace("</order>", "<note><a>unknown</a></note></order>", StringComparison.Ordinal).Replace("00123", "00&amp;<![CDATA[<1>]]>\u00e9", StringComparison.Ordinal)}\n";
        using var answer = await Send("POST", "/api/orders", order, accept: null);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var inside = AskedInside().Single();
        inside.Body.ShouldBe($$"""{"lines":[{"variantId":"{{Siti}}","quantity":2}],"addressId":"{{Siti}}","paymentToken":"00&<1>é"}""");
        inside.Headers["Content-Type"].ShouldBe("application/json");
        (await Send("POST", "/api/checkout", Order, accept: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, MemberData(nameof(BadXml))]
    public async Task XML_that_is_dangerous_or_not_understood_does_not_go_inside(string name, string body, string? fields)
    {
        using var answer = await Send("POST", "/api/orders", body, accept: "application/xml");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest, name);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+xml");
        var problem = XElement.Parse(await answer.Content.ReadAsStringAsync());
        var told = problem.Element(Problem + "errors")?.Elements().Select(error => System.Xml.XmlConvert.DecodeName(error.Name.LocalName));
        (told is null ? null : string.Join(' ', told.OrderBy(field => fields?.IndexOf(field, StringComparison.Ordinal)))).ShouldBe(fields, name);
        AskedInside().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_answer_is_XML_for_who_asks_for_it_and_JSON_for_everybody_else()
    {
        var path = $"/api/products?search={marker}";
        door.Upstream.Answers[path["/api".Length..]] = """{"items":[{"name":"Satay & <ayam>","price":12.50,"ok":true,"old":null,"odd name":"\u0007"},{}],"next":null}""";

        using var first = await Send("GET", path, accept: "text/xml;q=0.9, application/json;q=0.5");
        using var again = await Send("GET", path, accept: "application/xml, */*");
        using var known = await Send("GET", path, accept: "application/xml", ifNoneMatch: first.Headers.ETag);

        var xml = XElement.Parse(await first.Content.ReadAsStringAsync());
        xml.ToString(SaveOptions.DisableFormatting).ShouldBe(
            """<answer xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><items><item><name>Satay &amp; &lt;ayam&gt;</name><price>12.50</price><ok>true</ok><old xsi:nil="true" />"""
            + "<odd_x0020_name>\ufffd</odd_x0020_name></item><item /></items><next xsi:nil=\"true\" /></answer>");
        first.Content.Headers.ContentType!.ToString().ShouldBe("application/xml; charset=utf-8");
        first.Headers.ETag!.IsWeak.ShouldBeTrue();
        first.Headers.Vary.ShouldContain("Accept");
        again.Headers.GetValues("Cache-Status").Single().ShouldStartWith("gateway; hit");
        again.Content.Headers.ContentType!.MediaType.ShouldBe("application/xml");
        known.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        string?[] others = [null, "*/*", "application/json", "application/json, application/xml", "application/xml;q=0, */*", "text/html,application/xml;q=0.9,*/*;q=0.8"];
        foreach (var accept in others)
        {
            using var json = await Send("GET", path, accept: accept);
            json.Content.Headers.ContentType!.MediaType.ShouldBe("application/json", accept);
            (await json.Content.ReadAsStringAsync()).ShouldBe(door.Upstream.Answers[path["/api".Length..]]);
        }
    }

    [Fact]
    public async Task Problems_of_whoever_has_them_are_XML_too_and_who_accepts_neither_is_told()
    {
        foreach (var (method, path, behaviour, status) in new[]
        {
            ("GET", "/api/nothing", "", 404), ("DELETE", "/api/products", "", 405), ("GET", "/api/notifications", "", 503), ("GET", $"/api/products?search={marker}", "409", 409),
            ("GET", "/api/products?limit=1000", "", 400),
        })
        {
            using var answer = await Send(method, path, accept: "application/xml", behaviour: behaviour);

            ((int)answer.StatusCode).ShouldBe(status);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+xml");
            XElement.Parse(await answer.Content.ReadAsStringAsync()).Element(Problem + "type")!.Value.ShouldStartWith("https://kampung.dev/problems/");
        }
        using var large = await Send("POST", "/api/orders", $"<o>{new string(' ', 1024 * 1024)}</o>", accept: "application/xml");
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        large.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+xml");
        using var nothing = await Send("DELETE", $"/api/products/{Siti}", accept: "application/xml");
        nothing.StatusCode.ShouldBe(HttpStatusCode.OK);

        var asked = AskedInside().Count;
        using var pdf = await Send("GET", "/api/orders", accept: "application/pdf");
        using var csv = await Send("POST", "/api/products/import", "<products/>", accept: null);
        pdf.StatusCode.ShouldBe(HttpStatusCode.NotAcceptable);
        csv.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        AskedInside().Count.ShouldBe(asked);
    }

    [Fact]
    public async Task A_stream_is_not_held_back_for_it()
    {
        using var request = Request("GET", $"/api/orders/{Siti}/events", null, "application/xml", "events");

        using var answer = await door.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        (await reader.ReadLineAsync()).ShouldBe("id: 1");
    }

    async Task<HttpResponseMessage> Send(string method, string path, string? body = null, string? accept = null, string behaviour = "", EntityTagHeaderValue? ifNoneMatch = null)
    {
        using var request = Request(method, path, body?.Replace("{id}", $"{Siti}", StringComparison.Ordinal), accept, behaviour);
        if (ifNoneMatch is not null) request.Headers.IfNoneMatch.Add(ifNoneMatch);
        return await door.Gateway.Client.SendAsync(request);
    }

    HttpRequestMessage Request(string method, string path, string? body, string? accept, string behaviour)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "X-Marker", marker }, { "Authorization", $"Bearer {TestIssuer.Shared.Token(Siti, "customer")}" } } };
        request.Headers.ExpectContinue = body?.Length > 1024 * 1024; // so that a refusal is read before the body is sent
        if (body is not null) request.Content = new StringContent(body, new MediaTypeHeaderValue("application/xml"));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (behaviour.Length > 0) request.Headers.Add("X-Test", behaviour);
        return request;
    }

    List<Asked> AskedInside() => [.. door.Upstream.Asked.Where(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker)];
}
