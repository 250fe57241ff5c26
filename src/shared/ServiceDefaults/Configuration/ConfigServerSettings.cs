using Microsoft.Extensions.Configuration;

namespace Kampung.ServiceDefaults.Configuration;

/// <summary>The settings that the config server gave last. Its own source, so that they survive a rebuild of the providers.</summary>
sealed class ConfigServerSettings(ConfigServerClient client) : IConfigurationSource
{
    Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
    Dictionary<string, string?>? fetched;
    ConfigServerException? refusal;
    Provider? provider;

    /// <inheritdoc cref="ConfigServerClient.Version"/>
    public string? Version => client.Version;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => provider = new Provider(this);

    /// <summary>Asks again. True if something has changed; whoever listens to the configuration has been told then.</summary>
    /// <exception cref="ConfigServerException">There was no good answer, or one that cannot be used; what was there stays.</exception>
    public async Task<bool> RefreshAsync(CancellationToken ct)
    {
        if (await client.FetchAsync(ct) is { } now && !AreSame(now, fetched)) (fetched, refusal) = (now, null);
        // Not tried again until it changes: each time, whoever reads the configuration at that moment would see it.
        if (refusal is not null) throw refusal;
        if (fetched is null || AreSame(fetched, settings)) return false;
        var before = settings;
        settings = fetched;
        try
        {
            provider?.Reload();
        }
        // Options are bound and validated anew while they are told; a text where a number is needed comes out here.
        catch (Exception e)
        {
            settings = before;
            provider!.Reload();
            throw refusal = new ConfigServerException($"a setting cannot be used: {(e as AggregateException)?.InnerException?.Message ?? e.Message}", e);
        }
        return true;
    }

    static bool AreSame(Dictionary<string, string?> one, Dictionary<string, string?>? other) => one.Count == other?.Count && !one.Except(other).Any();

    sealed class Provider(ConfigServerSettings source) : ConfigurationProvider
    {
        public override void Load() => Data = source.settings;

        public void Reload()
        {
            Load();
            OnReload();
        }

        public override string ToString() => "config server";
    }
}
