using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Kampung.Testing;
using Shouldly;

namespace Kampung.Registry.Tests;

public sealed class EurekaApiTests : IAsyncLifetime
{
    ServiceProcess registry = null!;

    public async ValueTask InitializeAsync() => registry = await ServiceProcess.StartAsync("Registry", new() { ["Registry__WarmUp"] = "00:00:00" });

    public ValueTask DisposeAsync() => registry.DisposeAsync();

    [Fact]
    public async Task The_JSON_is_as_Eureka_writes_it()
    {
        (await registry.JsonAsync("/eureka/apps")).ToJsonString().ShouldBe("""{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}""");

        await registry.RegisterAsync("satay-service", "satay-1", fields: ""","metadata":{"zone":"north"}""");

        var applications = (await registry.JsonAsync("/eureka/v2/apps/"))["applications"]!;
        applications["apps__hashcode"]!.GetValue<string>().ShouldBe("UP_1_");
        var app = applications["application"]!.AsArray().ShouldHaveSingleItem()!;
        app["name"]!.GetValue<string>().ShouldBe("SATAY-SERVICE");
        var instance = app["instance"]!.AsArray().ShouldHaveSingleItem()!;
        instance["app"]!.GetValue<string>().ShouldBe("SATAY-SERVICE");
        instance["port"]!.ToJsonString().ShouldBe("""{"$":80,"@enabled":"true"}""");
        instance["securePort"]!["@enabled"]!.GetValue<string>().ShouldBe("false");
        instance["dataCenterInfo"]!.ToJsonString().ShouldBe("""{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"}""");
        instance["metadata"]!.ToJsonString().ShouldBe("""{"zone":"north"}""");
        instance["lastUpdatedTimestamp"]!.GetValue<string>().ShouldNotBeNullOrEmpty(); // a string
        instance["lastDirtyTimestamp"]!.GetValue<string>().ShouldBe("0");
        instance["leaseInfo"]!["durationInSecs"]!.GetValue<int>().ShouldBe(90);
        instance["overriddenStatus"]!.GetValue<string>().ShouldBe("UNKNOWN");
        instance["actionType"]!.GetValue<string>().ShouldBe("ADDED");
    }

    [Fact]
    public async Task The_XML_is_as_Eureka_writes_it_and_reads_back()
    {
        using var body = new StringContent("""
            <instance><instanceId>satay-1</instanceId><app>satay-service</app><hostName>h</hostName><ipAddr>10.0.0.1</ipAddr><port enabled="true">8081</port>
            <dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"><name>MyOwn</name></dataCenterInfo><metadata><zone>north</zone></metadata></instance>
            """, Encoding.UTF8, "application/xml");
        (await registry.Client.PostAsync("/eureka/apps/SATAY-SERVICE", body)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        var response = await registry.Client.GetAsync("/eureka/apps"); // no Accept: XML, as Java's clients expect

        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/xml");
        var applications = XDocument.Parse(await response.Content.ReadAsStringAsync()).Root!;
        applications.Name.LocalName.ShouldBe("applications");
        applications.Element("apps__hashcode")!.Value.ShouldBe("UP_1_");
        var instance = applications.Element("application")!.Element("instance")!;
        instance.Element("port")!.ToString().ShouldBe("""<port enabled="true">8081</port>""");
        instance.Element("dataCenterInfo")!.Attribute("class")!.Value.ShouldBe("com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo");
        instance.Element("metadata")!.Element("zone")!.Value.ShouldBe("north");
    }

    [Fact]
    public async Task An_instance_is_found_in_every_way()
    {
        await registry.RegisterAsync("satay-service", "host:satay/1");

        (await registry.JsonAsync("/eureka/apps/Satay-Service"))["application"]!["instance"]![0]!["instanceId"]!.GetValue<string>().ShouldBe("host:satay/1");
        var id = Uri.EscapeDataString("host:satay/1");
        (await registry.JsonAsync($"/eureka/apps/SATAY-SERVICE/{id}"))["instance"]!["app"]!.GetValue<string>().ShouldBe("SATAY-SERVICE");
        (await registry.JsonAsync($"/eureka/instances/{id}/"))["instance"]!["app"]!.GetValue<string>().ShouldBe("SATAY-SERVICE");
        foreach (var path in new[] { "/eureka/vips/alias", "/eureka/vips/satay-service", "/eureka/svips/satay-service" })
            (await registry.JsonAsync(path))["applications"]!["application"]!.AsArray().ShouldHaveSingleItem();
        (await registry.JsonAsync("/eureka/vips/other"))["applications"]!["application"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_delta_leads_to_the_same_as_the_full_list()
    {
        await registry.RegisterAsync("satay-service", "satay-1");
        await registry.RegisterAsync("satay-service", "satay-2");
        await registry.RegisterAsync("kopi-service", "kopi-1");
        await registry.Client.PutAsync("/eureka/apps/SATAY-SERVICE/satay-2/status?value=OUT_OF_SERVICE", null);
        await registry.Client.DeleteAsync("/eureka/apps/KOPI-SERVICE/kopi-1");

        var full = (await registry.JsonAsync("/eureka/apps"))["applications"]!;
        var delta = (await registry.JsonAsync("/eureka/apps/delta"))["applications"]!;

        var applied = new Dictionary<string, string>();
        foreach (var instance in Instances(delta))
            if (instance["actionType"]!.GetValue<string>() == "DELETED") applied.Remove(instance["instanceId"]!.GetValue<string>());
            else applied[instance["instanceId"]!.GetValue<string>()] = instance["status"]!.GetValue<string>();
        applied.ShouldBe(Instances(full).ToDictionary(i => i["instanceId"]!.GetValue<string>(), i => i["status"]!.GetValue<string>()), ignoreOrder: true);
        delta["apps__hashcode"]!.GetValue<string>().ShouldBe("OUT_OF_SERVICE_1_UP_1_");
        delta["apps__hashcode"]!.GetValue<string>().ShouldBe(full["apps__hashcode"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_operators_status_outlasts_heartbeats_and_registrations_until_it_is_taken_away()
    {
        await registry.RegisterAsync("satay-service", "satay-1");
        (await registry.Client.PutAsync("/eureka/apps/SATAY-SERVICE/satay-1/status?value=OUT_OF_SERVICE", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await registry.Client.PutAsync("/eureka/apps/SATAY-SERVICE/satay-1?status=UP", null);
        await registry.RegisterAsync("satay-service", "satay-1");
        (await StatusAsync()).ShouldBe("OUT_OF_SERVICE");

        (await registry.Client.DeleteAsync("/eureka/apps/SATAY-SERVICE/satay-1/status?value=UP")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await StatusAsync()).ShouldBe("UP");

        async Task<string> StatusAsync() => (await registry.JsonAsync("/eureka/instances/satay-1"))["instance"]!["status"]!.GetValue<string>();
    }

    [Fact]
    public async Task Metadata_can_be_added()
    {
        await registry.RegisterAsync("satay-service", "satay-1", fields: ""","metadata":{"zone":"north"}""");

        await registry.Client.PutAsync("/eureka/apps/SATAY-SERVICE/satay-1/metadata?stall=12&zone=south", null);

        (await registry.JsonAsync("/eureka/instances/satay-1"))["instance"]!["metadata"]!.ToJsonString().ShouldBe("""{"stall":"12","zone":"south"}""");
    }

    [Fact]
    public async Task A_heartbeat_of_an_instance_that_has_changed_asks_it_to_register_again()
    {
        await registry.RegisterAsync("satay-service", "satay-1", fields: ""","lastDirtyTimestamp":"1000" """);

        (await registry.Client.PutAsync("/eureka/apps/SATAY-SERVICE/satay-1?status=UP&lastDirtyTimestamp=1000", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await registry.Client.PutAsync("/eureka/apps/SATAY-SERVICE/satay-1?status=UP&lastDirtyTimestamp=1001", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_asks_with_the_last_tag_gets_the_list_only_when_it_has_changed()
    {
        var tag = (await registry.Client.GetAsync("/eureka/apps")).Headers.ETag!;
        (await AskAsync()).ShouldBe(HttpStatusCode.NotModified);

        await registry.RegisterAsync("satay-service", "satay-1");

        (await AskAsync()).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> AskAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/eureka/apps");
            request.Headers.IfNoneMatch.Add(tag);
            return (await registry.Client.SendAsync(request)).StatusCode;
        }
    }

    static IEnumerable<JsonNode> Instances(JsonNode applications) =>
        applications["application"]!.AsArray().SelectMany(app => app!["instance"]!.AsArray()).Select(instance => instance!);
}
