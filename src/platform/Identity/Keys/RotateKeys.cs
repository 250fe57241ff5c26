using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Identity.Keys;

/// <summary>GET /keys and POST /keys/rotate: which key signs, and a new one ahead of its time.</summary>
static class RotateKeys
{
    public sealed record View(string Id, DateTimeOffset SignsFrom, bool Signing);

    public static void MapKeys(this RouteGroupBuilder group)
    {
        group.MapGet("", (SigningKeys keys) => Show(keys)).WithName("listKeys");
        group.MapPost("/rotate", RotateAsync).WithName("rotateKeys");
    }

    static async Task<Ok<View[]>> RotateAsync(SigningKeys keys, CancellationToken ct)
    {
        await keys.RotateAsync(ct);
        return Show(keys);
    }

    static Ok<View[]> Show(SigningKeys keys)
    {
        var signing = keys.SigningKey;
        return TypedResults.Ok(keys.All.Select(key => new View(key.Id, key.SignsFrom, key.Id == signing)).ToArray());
    }
}
