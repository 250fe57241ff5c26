using System.Net;
using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>What all stalls' answers have in common.</summary>
static class StallAnswers
{
    sealed record Problem(string? Title = null, string? Detail = null);

    /// <summary>400, 409 and 422: such a thing is never done, and nothing was.</summary>
    public static bool IsRefusal(this HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity;

    public static async Task<string> ReasonAsync(this HttpResponseMessage answer, CancellationToken ct)
    {
        var problem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? await answer.Content.ReadFromJsonAsync<Problem>(Json.Options, ct)
            : null;
        return problem?.Detail ?? problem?.Title ?? $"It answered {(int)answer.StatusCode}.";
    }

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage answer, string service, CancellationToken ct) =>
        await answer.Content.ReadFromJsonAsync<T>(Json.Options, ct) ?? throw new InvalidOperationException($"{service} gave an empty answer.");
}
