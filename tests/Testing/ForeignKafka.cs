namespace Kampung.Testing;

/// <summary>Something that Kafka's clients connect to.</summary>
public interface IKafka
{
    string BootstrapServers { get; }
}

/// <summary>
/// A Kafka that is not ours, Apache Kafka or Redpanda, given by the environment variable KAMPUNG_TEST_KAFKA (bootstrap servers). What is tested there is what services and clients count on;
/// its topics and groups have names of their own, and are left there.
/// </summary>
public sealed class ForeignKafka : IKafka
{
    public const string WhySkipped = "KAMPUNG_TEST_KAFKA names no Kafka (bootstrap servers) to run this against.";

    public static bool IsGiven => Given is not null;

    public string BootstrapServers { get; } = Given ?? throw new InvalidOperationException(WhySkipped);

    static string? Given => Environment.GetEnvironmentVariable("KAMPUNG_TEST_KAFKA") is { Length: > 0 } servers ? servers : null;
}
