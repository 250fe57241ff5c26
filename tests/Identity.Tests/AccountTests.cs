using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Shouldly;

namespace Kampung.Identity.Tests;

/// <summary>What operators do with accounts.</summary>
public sealed class AccountTests(IdentityVillage village)
{
    const string ActAs = "urn:kampung:grant-type:act-as";

    [Fact]
    public async Task A_role_that_an_operator_gives_is_in_the_next_token()
    {
        var mei = await CreateAsync("mei@example.com");
        (await RolesAsync("mei@example.com")).ShouldBe(["customer"]);

        var account = await (await SendAsync(HttpMethod.Put, $"/accounts/{mei}/roles", new { roles = new[] { "customer", "merchant" }, stall = "Kedai Mei" })).ShouldBeJson();

        account.GetProperty("stall").GetString().ShouldBe("Kedai Mei");
        var token = new JsonWebToken(await TokenAsync($"{mei}"));
        token.Claims.Where(claim => claim.Type == "role").Select(claim => claim.Value).ShouldBe(["customer", "merchant"]);
        token.GetClaim("stall").Value.ShouldBe("Kedai Mei");
        (token.Subject, token.GetClaim("email").Value).ShouldBe(($"{mei}", "mei@example.com"));
    }

    [Fact]
    public async Task An_account_is_found_by_its_address_and_becomes_a_customer()
    {
        var id = await CreateAsync("Found@example.com");

        var page = await (await SendAsync(HttpMethod.Get, "/accounts?email=found@EXAMPLE.com")).ShouldBeJson();

        page.GetProperty("items").EnumerateArray().Select(account => account.GetProperty("id").GetGuid()).ShouldBe([id]);
        await Eventually.Is(async () => await village.QueryCustomersAsync<long>($"select count(*) from customers where id = '{id}'") == 1);
        await (await SendAsync(HttpMethod.Post, "/accounts", new { name = "Another", email = "found@example.com" })).ShouldBeProblem(409, "email-taken");
    }

    [Theory]
    [InlineData("""{"roles":[]}""")]
    [InlineData("""{"roles":["service"]}""")]
    [InlineData("""{"roles":["emperor"]}""")]
    [InlineData("""{"roles":["merchant"]}""")]
    public async Task Roles_that_nobody_can_have_are_refused(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/accounts/{Guid.NewGuid()}/roles") { Content = new StringContent(body, null, "application/json") };
        await (await village.First.Client.SendAsync(request.With(await village.OperatorTokenAsync()))).ShouldBeProblem(400);
    }

    [Fact]
    public async Task Nobody_but_operators_sees_accounts()
    {
        await CreateAsync("curious@example.com");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/accounts");

        (await village.First.Client.SendAsync(request.With(await TokenAsync("curious@example.com")))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Only_the_village_acts_as_an_account_and_only_where_there_are_demo_users()
    {
        await CreateAsync("acted@example.com");
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(village.Keys, "client-secrets.json")))!;
        Dictionary<string, string> asked = new() { ["grant_type"] = ActAs, ["account"] = "acted@example.com", ["client_id"] = "order-service", ["client_secret"] = secrets["order-service"] };

        (await village.Second.Client.PostAsync("/identity/token", new FormUrlEncodedContent(asked))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        asked["client_id"] = "kampung-web";
        asked.Remove("client_secret");
        (await village.Second.Client.PostAsync("/identity/token", new FormUrlEncodedContent(asked))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (asked["client_id"], asked["client_secret"]) = ("village", secrets["village"]);
        (await village.Second.Client.PostAsync("/identity/token", new FormUrlEncodedContent(asked))).StatusCode.ShouldBe(HttpStatusCode.OK);
        // The first instance makes no demo users.
        (await village.First.Client.PostAsync("/identity/token", new FormUrlEncodedContent(asked))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    async Task<Guid> CreateAsync(string email) =>
        (await (await SendAsync(HttpMethod.Post, "/accounts", new { name = "Tan Mei Ling", email })).ShouldBeJson(HttpStatusCode.Created)).GetProperty("id").GetGuid();

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        return await village.First.Client.SendAsync(request.With(await village.OperatorTokenAsync()));
    }

    async Task<IEnumerable<string>> RolesAsync(string account) => new JsonWebToken(await TokenAsync(account)).Claims.Where(claim => claim.Type == "role").Select(claim => claim.Value);

    async Task<string> TokenAsync(string account) =>
        (await (await village.AskAsVillageAsync(new("grant_type", ActAs), new("account", account))).ShouldBeJson()).GetProperty("access_token").GetString()!;
}
