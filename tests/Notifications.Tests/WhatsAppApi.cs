using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kampung.Notifications.Tests;

/// <summary>Stands for Meta's Cloud API, over the wire: takes <c>POST /v23.0/{phone number id}/messages</c> as its documentation has it, and fails on demand.</summary>
public sealed class WhatsAppApi : IAsyncDisposable
{
    public const string PhoneNumberId = "106540352242922", Token = "EAAtest";

    readonly WebApplication app;
    readonly ConcurrentQueue<JsonElement> messages = [];
    readonly ConcurrentDictionary<string, ConcurrentQueue<(int Status, int Code)>> failures = [];

    WhatsAppApi(WebApplication app) => this.app = app;

    public string BaseUrl => $"{app.Urls.Single()}/v23.0/";

    public static async Task<WhatsAppApi> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var api = new WhatsAppApi(builder.Build());
        api.app.Urls.Add("http://127.0.0.1:0");
        api.app.MapPost("/v23.0/{id}/messages", api.Take);
        await api.app.StartAsync();
        return api;
    }

    /// <summary>Refuses the next messages to a number with a status and one of the API's error codes each.</summary>
    public void Refuses(string number, params (int Status, int Code)[] refusals) => failures[number] = new(refusals);

    /// <summary>Every request for a number, also those that were refused.</summary>
    public IReadOnlyList<JsonElement> To(string number) => [.. messages.Where(message => message.GetProperty("to").GetString() == number)];

    async Task<IResult> Take(string id, HttpRequest request)
    {
        var message = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body);
        messages.Enqueue(message);
        var to = message.GetProperty("to").GetString()!;
        if (request.Headers.Authorization != $"Bearer {Token}") return Refusal(401, 190);
        if (id != PhoneNumberId) return Refusal(400, 33);
        if (failures.TryGetValue(to, out var next) && next.TryDequeue(out var failure)) return Refusal(failure.Status, failure.Code);
        return Results.Json(new
        {
            messaging_product = "whatsapp", contacts = new[] { new { input = to, wa_id = to.TrimStart('+') } }, messages = new[] { new { id = $"wamid.{Guid.NewGuid():N}" } },
        });
    }

    static IResult Refusal(int status, int code) => Results.Json(
        new { error = new { message = $"(#{code}) refused", type = "OAuthException", code, fbtrace_id = "A1" } }, statusCode: status);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
