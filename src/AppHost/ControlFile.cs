using System.Text.Json;

namespace Kampung.AppHost;

/// <summary>Where the running AppHost of a data folder is spoken to: its control endpoint and the token for it, the gateway, and where Kafka clients find the broker. Only its owner can read the file.</summary>
/// <param name="KafkaProperties">What every Kafka client of the village is told besides, such as how to sign in to a Kafka that is not ours.</param>
public sealed record ControlFile(string Url, string Token, int ProcessId, string Gateway, string Kafka, IReadOnlyDictionary<string, string>? KafkaProperties = null)
{
    /// <summary>The settings of a Kafka client of this village.</summary>
    public Dictionary<string, string> KafkaClient() => new(KafkaProperties ?? new Dictionary<string, string>()) { ["bootstrap.servers"] = Kafka };

    public void Write(DataFolder data) => PrivateFile.Write(data.Control, JsonSerializer.Serialize(this, JsonSerializerOptions.Web));

    /// <returns>null when there is none; it may be of a run that was killed.</returns>
    public static ControlFile? TryRead(DataFolder data)
    {
        try
        {
            return JsonSerializer.Deserialize<ControlFile>(File.ReadAllText(data.Control), JsonSerializerOptions.Web);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
