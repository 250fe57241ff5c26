using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kampung.Messaging;

/// <summary>How event bodies are written and read. Strict about what a record requires, silent about members it does not know, so that a schema may grow.</summary>
static class EventJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}
