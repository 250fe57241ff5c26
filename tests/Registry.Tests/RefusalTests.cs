using System.Net;
using System.Text;
using Kampung.Testing;
using Shouldly;

namespace Kampung.Registry.Tests;

/// <summary>Requests that change nothing, so that one registry serves them all.</summary>
public sealed class RefusalTests(RefusalTests.EmptyRegistry empty) : IClassFixture<RefusalTests.EmptyRegistry>
{
    readonly ServiceProcess registry = empty.Process;

    public sealed class EmptyRegistry : IAsyncLifetime
    {
        public ServiceProcess Process { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Process = await ServiceProcess.StartAsync("Registry", new() { ["Registry__WarmUp"] = "00:00:00" });

        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }

    [Theory]
    [InlineData("PUT", "/eureka/apps/SATAY/none?status=UP")]
    [InlineData("DELETE", "/eureka/apps/SATAY/none")]
    [InlineData("GET", "/eureka/apps/SATAY")]
    [InlineData("GET", "/eureka/apps/SATAY/none")]
    [InlineData("GET", "/eureka/instances/none")]
    [InlineData("PUT", "/eureka/apps/SATAY/none/status?value=UP")]
    [InlineData("PUT", "/eureka/apps/SATAY/none/metadata?a=b")]
    public async Task Who_is_unknown_gets_404_without_a_body(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        var response = await registry.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("application/json", "{")]
    [InlineData("application/json", "[]")]
    [InlineData("application/json", "{}")]
    [InlineData("application/json", """{"instance":{"app":"satay"}}""")]
    [InlineData("application/json", """{"instance":{"app":"kopi","hostName":"h"}}""")]
    [InlineData("application/json", """{"instance":{"app":"satay","hostName":"h","port":{"$":"eighty"}}}""")]
    [InlineData("application/json", """{"instance":{"app":"satay","hostName":"h","port":{"$":70000}}}""")]
    [InlineData("application/xml", "<instance>")]
    [InlineData("application/xml", """<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]><instance><app>satay</app><hostName>&x;</hostName></instance>""")]
    public async Task A_registration_that_makes_no_sense_is_refused(string type, string text)
    {
        using var body = new StringContent(text, Encoding.UTF8, type);

        var response = await registry.Client.PostAsync("/eureka/apps/SATAY", body);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await registry.AppsAsync()).ShouldBeEmpty();
        registry.Logs.ShouldNotContain(line => line.Contains("unhandled", StringComparison.OrdinalIgnoreCase));
    }
}
