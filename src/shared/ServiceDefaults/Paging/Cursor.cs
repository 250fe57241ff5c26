using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Kampung.ServiceDefaults;

/// <summary>An opaque position in a list: the sort key of the last item sent, as base64url of its JSON.</summary>
public static class Cursor
{
    public static string Encode<T>(T position) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(position, Json.Options));

    /// <summary>The position that <see cref="Encode{T}"/> was given, or default without a cursor.</summary>
    /// <exception cref="BadHttpRequestException">The cursor is not one of ours: 400.</exception>
    public static T? Decode<T>(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor)) return default;
        try
        {
            return JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(cursor), Json.Options) ?? throw new JsonException();
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw new BadHttpRequestException("The cursor was not given out by this list.");
        }
    }
}
