using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Kampung.Testing;
using Shouldly;

namespace Kampung.Registry.Tests;

static class RegistryClient
{
    public static string Instance(string app, string id, int lease = 90, string fields = "") => $$$"""
        {"instance":{"instanceId":"{{{id}}}","app":"{{{app}}}","hostName":"10.0.0.1","ipAddr":"10.0.0.1","status":"UP","vipAddress":"{{{app}}},alias","secureVipAddress":"{{{app}}}",
        "port":{"$":"80","@enabled":"true"},"dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},
        "leaseInfo":{"renewalIntervalInSecs":1,"durationInSecs":{{{lease}}} }{{{fields}}} }}
        """;

    public static async Task RegisterAsync(this ServiceProcess registry, string app, string id, int lease = 90, string fields = "")
    {
        using var body = new StringContent(Instance(app, id, lease, fields), Encoding.UTF8, "application/json");
        (await registry.Client.PostAsync($"/eureka/apps/{app}", body)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    public static async Task<JsonNode> JsonAsync(this ServiceProcess registry, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await registry.Client.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    public static async Task<List<string>> AppsAsync(this ServiceProcess registry) =>
        [.. (await registry.JsonAsync("/eureka/apps"))["applications"]!["application"]!.AsArray().Select(app => app!["name"]!.GetValue<string>())];
}
