using YamlDotNet.Serialization;

namespace Kampung.Contracts.Tests;

/// <summary>The village's gossip as an AsyncAPI 3.0 document (asyncapi.com/docs/reference/specification/v3.0.0): a channel a topic, and who publishes and hears it.</summary>
static class AsyncApiDocument
{
    static readonly string[] Headers = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "content-type"];

    public static string Write()
    {
        var topics = Village.Schemas;
        return "# Written by Contracts.Tests from contracts/events and the services' code: KAMPUNG_UPDATE_CONTRACTS=1 dotnet test writes it anew.\n" + new SerializerBuilder().WithNewLine("\n").Build().Serialize(Map(
            ("asyncapi", "3.0.0"),
            ("info", Map(
                ("title", "Kampung's events"),
                ("version", "1.0.0"),
                ("description", "One topic an event type, named as the fact. CloudEvents 1.0 in Kafka's binary mode; the key is the id of what the event is about. A schema may only grow."),
                ("license", Map(("name", "MIT"))))),
            ("defaultContentType", "application/json"),
            ("servers", Map(("village", Map(
                ("host", "127.0.0.1:9092"),
                ("protocol", "kafka"),
                ("description", "What Kafka:BootstrapServers says. AppHost chooses a free port and prints it with its status."))))),
            ("channels", Map(topics.Select(topic => (topic.Topic, (object)Map(
                ("address", topic.Topic),
                ("description", topic.Description.Split(" Published by ")[0]),
                ("messages", Map((topic.Topic, Ref($"#/components/messages/{topic.Topic}"))))))))),
            ("operations", Map(
                from topic in topics
                from operation in Operations(topic.Topic)
                select (operation.Name, (object)Map(("action", operation.Action), ("channel", Ref($"#/channels/{topic.Topic}")))))),
            ("components", Map(
                ("messages", Map(topics.Select(topic => (topic.Topic, (object)Map(
                    ("name", $"kampung.{topic.Topic}.v1"),
                    ("title", topic.Topic),
                    ("headers", Ref("#/components/schemas/headers")),
                    ("payload", Ref($"./events/{topic.Topic}.schema.json")),
                    ("bindings", Map(("kafka", Map(("key", Map(("type", "string"), ("format", "uuid")))))))))))),
                ("schemas", Map(("headers", Map(
                    ("type", "object"),
                    ("description", "CloudEvents attributes, and W3C trace context where there is a trace."),
                    ("required", Headers),
                    ("properties", Map(Headers.Append("traceparent").Append("tracestate").Select(header => (header, (object)Map(("type", "string"))))))))))))));
    }

    static IEnumerable<(string Name, string Action)> Operations(string topic) =>
        Village.Published.Where(published => published.Topic == topic).Select(published => ($"{published.Service}.publishes.{topic}", "send"))
            .Concat(Village.Heard.Where(heard => heard.Topic == topic).Select(heard => heard.Service).Distinct().Order(StringComparer.Ordinal)
                .Select(service => ($"{service}.hears.{topic}", "receive")));

    static Dictionary<string, object> Ref(string target) => Map(("$ref", target));

    static Dictionary<string, object> Map(params IEnumerable<(string Key, object Value)> entries) => entries.ToDictionary(entry => entry.Key, entry => entry.Value);
}
