using System.Net.Http.Json;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class CallerTests : IAsyncLifetime
{
    TestApp app = null!;

    public async ValueTask InitializeAsync() => app = await TestApp.StartAsync(
        map: routes => routes.MapGet("/me", (Caller caller) => caller).OnlyFor(Role.Customer), settings: new() { ["Auth:Authority"] = TestIssuer.Shared.Authority });

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData(null, null)]
    [InlineData("wait=10", 10)]
    [InlineData("respond-async, wait=10", 10)]
    [InlineData("respond-async; foo=bar, Wait = 10; x", 10)]
    [InlineData("wait=\"10\"", 10)]
    [InlineData("wait=0", 0)]
    [InlineData("wait=3600", 60)]
    [InlineData("wait=-1", null)]
    [InlineData("wait=soon", null)]
    public async Task The_caller_says_how_long_to_wait(string? prefer, int? seconds)
    {
        var id = Guid.CreateVersion7();

        var caller = await (await Ask(id, prefer)).Content.ReadFromJsonAsync<Caller>();

        (caller!.Id, caller.PreferredWait).ShouldBe((id, seconds is null ? null : (TimeSpan?)TimeSpan.FromSeconds(seconds.Value)));
    }

    async Task<HttpResponseMessage> Ask(Guid id, string? prefer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/me");
        if (prefer is not null) request.Headers.TryAddWithoutValidation("Prefer", prefer);
        return await app.Client.SendAsync(request.As(id));
    }
}
