using System.Globalization;
using Kampung.AppHost.Postgres;
using Kampung.AppHost.Processes;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost;

/// <summary>Turns the village's members into plans: who gets which port, and which environment tells it where the others are.</summary>
public sealed class ProcessPlans(Repository repository, UpOptions options, int gatewayPort, string controlFolder) : IDisposable
{
    const string Properties = "Kafka:Properties:";

    readonly HttpClient health = new() { Timeout = TimeSpan.FromSeconds(5) };
    readonly int postgresPort = FreePort.Next();
    readonly int kafkaPort = FreePort.Next();
    readonly Dictionary<string, int> ports = new() { [Village.Gateway] = gatewayPort };
    PostgresCluster? cluster;
    IReadOnlyDictionary<string, string> connections = new Dictionary<string, string>();

    /// <summary>Where Kafka clients find the broker.</summary>
    public string Kafka => options.Kafka ?? $"127.0.0.1:{kafkaPort}";

    /// <summary>librdkafka's settings that all processes are given.</summary>
    public IReadOnlyDictionary<string, string> KafkaProperties => options.Settings
        .Where(setting => setting.Service is null && setting.Key.StartsWith(Properties, StringComparison.OrdinalIgnoreCase))
        .GroupBy(setting => setting.Key[Properties.Length..]).ToDictionary(key => key.Key, key => key.Last().Value);

    /// <summary>One for each process to run, in the village's order.</summary>
    public IReadOnlyList<Plan> Make()
    {
        foreach (var member in Village.Members) ports.TryAdd(member.Name, FreePort.Next());
        return [.. Village.Members.SelectMany(Plans)];
    }

    IEnumerable<Plan> Plans(Member member)
    {
        if (member.Name == Village.PostgreSql) return options.Postgres is null ? [PostgresPlan()] : [];
        if (member.Name == Village.Broker && options.Kafka is not null) return [];
        var instances = options.Scale.GetValueOrDefault(member.Name, 1);
        return Enumerable.Range(1, instances).Select(instance => ProgramPlan(member, instance, instance == 1 ? ports[member.Name] : FreePort.Next()));
    }

    /// <summary>Makes the databases of an existing server; those of our own are made when it is up.</summary>
    /// <exception cref="KampungException">It cannot be reached, or the user may not.</exception>
    public async Task OpenExternalPostgresAsync(CancellationToken stop)
    {
        try
        {
            connections = await PostgresDatabases.EnsureAsync(options.Postgres!, Databases, Passwords.Open(controlFolder), stop);
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or ArgumentException)
        {
            throw new KampungException($"The databases could not be made on the given PostgreSQL: {e.Message}", e);
        }
    }

    /// <summary>Vite's development server, where somebody works on the web app.</summary>
    string WebDevelopment => $"http://127.0.0.1:{options.WebPort}";

    static IEnumerable<string> Databases => Village.Services.Select(service => service.Database!);

    Plan PostgresPlan() => new(Village.PostgreSql, 1, postgresPort)
    {
        Prepare = async stop => (cluster = await PostgresCluster.OpenAsync(options.Data.Postgres, stop)).Serve(postgresPort),
        StopSignal = Signal.Interrupt,
        Grace = PostgresCluster.ShutsDownWithin,
        Missing = async stop =>
        {
            if (!await cluster!.IsReadyAsync(postgresPort, stop)) return "it accepts no connections yet";
            var admin = cluster.AdminConnection(postgresPort);
            await PostgresDatabases.CloseTemplatesAsync(admin, stop);
            connections = await PostgresDatabases.EnsureAsync(admin, Databases, cluster.Passwords, stop);
            return null;
        },
    };

    Plan ProgramPlan(Member member, int instance, int port) => new(member.Name, instance, port)
    {
        Settings = () => SettingsOf(member, port),
        Prepare = _ =>
        {
            var assembly = repository.Assembly(member.Project!);
            if (!File.Exists(assembly)) throw new KampungException($"{assembly} is not built: leave out --no-build.");
            return Task.FromResult(Command.DotNet(assembly) with { Environment = EnvironmentOf(member, port), WorkingDirectory = Path.GetDirectoryName(assembly) });
        },
        Missing = async stop =>
        {
            try
            {
                using var answer = await health.GetAsync($"http://127.0.0.1:{port}/health/ready", stop);
                return answer.IsSuccessStatusCode ? null : $"/health/ready answers {(int)answer.StatusCode}";
            }
            catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stop.IsCancellationRequested))
            {
                return "/health/ready does not answer";
            }
        },
    };

    Dictionary<string, string?> EnvironmentOf(Member member, int port)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ASPNETCORE_HTTP_PORTS"] = null,
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_ENVIRONMENT"] = null,
        };
        switch (member.Name)
        {
            case Village.Broker:
                environment["Broker__Data"] = options.Data.Broker;
                environment["Broker__Port"] = kafkaPort.ToString(CultureInfo.InvariantCulture);
                break;
            case Village.ConfigServer:
                environment["ConfigServer__Repository"] = options.Data.Config;
                break;
            case Village.Registry:
                break;
            default:
                environment["Config__Uri"] = $"http://127.0.0.1:{ports[Village.ConfigServer]}";
                environment["Discovery__Provider"] = "eureka";
                environment["Eureka__Uri"] = $"http://127.0.0.1:{ports[Village.Registry]}/eureka";
                environment["Kafka__BootstrapServers"] = Kafka;
                break;
        }
        // A service that nobody asked to run is not waited for.
        if (member.Name == Village.Gateway && options.Scale.Values.Contains(0)) environment["Gateway__StartupPatience"] = "00:00:00";
        if (member.Name == Village.Gateway) environment["Village__ControlFile"] = options.Data.Control;
        if (member.Name == Village.Gateway && Directory.Exists(repository.BuiltWeb)) environment["Web__Root"] = repository.BuiltWeb;
        // Its pages ask the issuer, whose address is the gateway's, for tokens.
        if (member.Name == Village.Gateway) environment["Gateway__Cors__Origins"] = $"{WebDevelopment} http://localhost:{options.WebPort}";
        if (member.Database is { } database) environment["ConnectionStrings__Postgres"] = connections.GetValueOrDefault(database);
        if (member.Database is not null || member.Name == Village.Gateway)
        {
            environment["Auth__Authority"] = $"http://127.0.0.1:{ports[Village.Gateway]}/identity";
            environment["Auth__Inside"] = $"http://{Village.Identity}/identity";
            environment["Auth__ClientSecretFile"] = Path.Combine(options.Data.Identity, "client-secrets.json");
        }
        if (member.Name == Village.Identity)
        {
            environment["Identity__Issuer"] = $"http://127.0.0.1:{ports[Village.Gateway]}/identity";
            environment["Identity__Keys"] = options.Data.Identity;
            environment["Identity__DemoUsers"] = "true";
            // These are added to the issuer's own.
            environment["Identity__WebRedirectUris__0"] = $"{WebDevelopment}/callback";
            environment["Identity__WebRedirectUris__1"] = $"{WebDevelopment}/silent-callback";
            environment["Identity__WebPostLogoutRedirectUris__0"] = $"{WebDevelopment}/";
        }
        if (member.Name == "notification-service") environment["Sending__Mailbox"] = options.Data.Mailbox;
        foreach (var setting in options.Settings.Where(setting => setting.Service is null || setting.Service == member.Name)) environment[setting.Variable] = setting.Value;
        return environment;
    }

    // A process also has our own environment, where a setting of .NET is told from other variables by the two underscores.
    Dictionary<string, string> SettingsOf(Member member, int port)
    {
        var own = EnvironmentOf(member, port);
        var inherited = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value))
            .Where(variable => variable.Key.Contains("__", StringComparison.Ordinal) && !own.ContainsKey(variable.Key));
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (variable, value) in inherited.Concat(own))
            if (value is not null && !IsHosts(variable)) settings[variable.Replace("__", ":", StringComparison.Ordinal)] = value;
        return settings;
    }

    static bool IsHosts(string variable) => variable.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || variable.StartsWith("DOTNET_", StringComparison.Ordinal);

    public void Dispose() => health.Dispose();
}
