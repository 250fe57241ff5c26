using System.CommandLine;
using Kampung.AppHost.Audit;
using Kampung.AppHost.Chaos;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost;

/// <summary>The verbs and options that a person types.</summary>
public static class CommandLine
{
    static readonly Option<string> Data = new("--data")
    {
        Description = "Folder that keeps everything: databases, events, configuration, mails, logs. Default: .kampung in the repository.",
        Recursive = true,
        HelpName = "folder",
    };

    static readonly Option<int> Port = new("--port")
    {
        Description = "The gateway's port; 0: any free one.", DefaultValueFactory = _ => 8080, HelpName = "number",
    };

    static readonly Option<int> WebPort = new("--web-port")
    {
        Description = "Where the web app's development server runs (npm run dev), if somewhere else.", DefaultValueFactory = _ => 5173, HelpName = "number",
    };

    static readonly Option<string[]> Scale = new("--scale") { Description = "Instances of a service: order-service=2. May be repeated.", HelpName = "service=number" };

    static readonly Option<string[]> Set = new("--set")
    {
        Description = "A setting for all processes, or for one: order-service:Key=Value. It wins over the config server. May be repeated.", HelpName = "[service:]key=value",
    };

    static readonly Option<string[]> External = new("--external")
    {
        Description = "Something to use instead of starting our own: postgres=\"Host=…;Username=…;Password=…\" (a user who may create databases and roles) or kafka=HOST:PORT.",
        HelpName = "postgres=…|kafka=…",
    };

    static readonly Option<bool> NoBuild = new("--no-build") { Description = "Start what was built before." };

    static readonly Argument<string> Name = new("name") { Description = "Process, such as order-service, or order-service-2 for its second instance." };

    static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on with new lines until Ctrl+C." };

    static readonly Argument<string?> Account = new("account")
    {
        Description = "E-mail address or id of an account, or the role of a demo user: customer, merchant, kitchen, rider, operator. Without it: an operator's.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    static readonly Option<int> Settle = new("--settle")
    {
        Description = "Seconds to wait for what is still under way. When all is quiet and balances it waits no longer.", DefaultValueFactory = _ => 30, HelpName = "seconds",
    };

    static readonly Option<int> Orders = new("--orders") { Description = "Orders to place.", DefaultValueFactory = _ => 500, HelpName = "number" };

    static readonly Option<double> Minutes = new("--minutes") { Description = "For how long orders are placed and things are broken.", DefaultValueFactory = _ => 3, HelpName = "number" };

    static readonly Option<string> Flow = new("--flow") { Description = "orchestrated, choreographed, or both: each order one of them.", DefaultValueFactory = _ => "both", HelpName = "flow" };

    static readonly Option<int> Seed = new("--seed") { Description = "The same seed is the same plan of faults and the same orders.", DefaultValueFactory = _ => 1, HelpName = "number" };

    static readonly Option<int> LongSettle = new("--settle")
    {
        Description = "Seconds until the books must balance after the last fault.", DefaultValueFactory = _ => 300, HelpName = "seconds",
    };

    static readonly Option<string> Report = new("--report") { Description = "Folder for the report, chaos-SEED.md and .json. Default: the current one.", HelpName = "folder" };

    /// <returns>The exit code: 0; 1 after one sentence on standard error; 2 when an audit found the books out of balance.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        // The signals are up's own affair; the default would kill us two seconds after the first one.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        try
        {
            return await Root().Parse(arguments).InvokeAsync(invocation);
        }
        catch (KampungException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    static RootCommand Root()
    {
        var up = new System.CommandLine.Command("up", "Start the village and keep it running until Ctrl+C (the default).");
        var status = new System.CommandLine.Command("status", "Show the processes of the running village.");
        var reset = new System.CommandLine.Command("reset", "Delete everything that the village keeps.") { Yes };
        var logs = new System.CommandLine.Command("logs", "Show what a process wrote.") { Name, Follow };
        var token = new System.CommandLine.Command("token", "Write an access token, which lives ten minutes, of an account of the running village.") { Account };
        var audit = new System.CommandLine.Command("audit",
            "Check that the books of the running village balance: orders, money, stock, notifications, events on their way, dead letters. Exit code 2 when they do not.") { Settle };
        var chaos = new System.CommandLine.Command("chaos",
            "Place orders while processes are killed, restarted and paused and events come twice; then let the village settle and audit it. Exit code 2 when its books do not balance. "
            + "It breaks a village of its own, started on a temporary folder and a free port with two instances of order-service and meals that take seconds; "
            + "with --data the one that runs on that folder, or a new one there.")
        {
            Orders, Minutes, Flow, Seed, LongSettle, Report, Scale, Set, NoBuild,
        };
        // Read by AppHost's own child, not by people.
        var guard = new System.CommandLine.Command(Guardian.Verb) { Hidden = true };
        var root = new RootCommand("Kampung: an online marketplace of microservices, on one machine with one command.") { up, status, reset, logs, token, audit, chaos, guard, Data };
        foreach (var command in new[] { up, root })
        {
            foreach (var option in new Option[] { Port, WebPort, Scale, Set, External, NoBuild }) command.Add(option);
            command.SetAction((parsed, stop) => Up.RunAsync(UpOptionsOf(parsed), stop));
        }
        status.SetAction((parsed, stop) => Status.RunAsync(DataOf(parsed), stop));
        reset.SetAction((parsed, stop) => Reset.RunAsync(DataOf(parsed), parsed.GetValue(Yes), stop));
        logs.SetAction((parsed, stop) => Logs.RunAsync(DataOf(parsed), parsed.GetValue(Name)!, parsed.GetValue(Follow), stop));
        token.SetAction((parsed, stop) => TokenCommand.RunAsync(DataOf(parsed), parsed.GetValue(Account), stop));
        audit.SetAction((parsed, stop) => Auditor.RunAsync(DataOf(parsed), TimeSpan.FromSeconds(parsed.GetValue(Settle)), stop));
        chaos.SetAction((parsed, stop) => ChaosRun.RunAsync(ChaosOptionsOf(parsed), stop));
        return root;
    }

    static DataFolder DataOf(ParseResult parsed) => new(parsed.GetValue(Data) ?? Path.Combine(Repository.Find().Root, ".kampung"));

    static UpOptions UpOptionsOf(ParseResult parsed)
    {
        var external = (parsed.GetValue(External) ?? []).Select(UpOptions.ParseExternal).ToLookup(entry => entry.What, entry => entry.Connection);
        var port = parsed.GetValue(Port);
        if (port is < 0 or > 65535) throw new KampungException($"--port {port} is not a port: choose 1 to 65535, or 0 for any free one.");
        return new UpOptions
        {
            Port = port,
            WebPort = parsed.GetValue(WebPort),
            Data = DataOf(parsed),
            Scale = (parsed.GetValue(Scale) ?? []).Select(UpOptions.ParseScale).GroupBy(scale => scale.Service).ToDictionary(group => group.Key, group => group.Last().Instances),
            Settings = [.. (parsed.GetValue(Set) ?? []).Select(Setting.Parse)],
            Postgres = external["postgres"].LastOrDefault(),
            Kafka = external["kafka"].LastOrDefault(),
            Build = !parsed.GetValue(NoBuild),
        };
    }

    static ChaosOptions ChaosOptionsOf(ParseResult parsed)
    {
        var (orders, minutes) = (parsed.GetValue(Orders), parsed.GetValue(Minutes));
        if (orders is < 1 or > 1_000_000) throw new KampungException($"--orders {orders} is not a number of orders: choose 1 to 1000000.");
        if (minutes is not (> 0 and <= 1440)) throw new KampungException($"--minutes {minutes} is not a time to break things in: choose up to 1440.");
        return new ChaosOptions
        {
            Orders = orders,
            Duration = TimeSpan.FromMinutes(minutes),
            Flows = ChaosOptions.ParseFlow(parsed.GetValue(Flow)!),
            Seed = parsed.GetValue(Seed),
            Settle = TimeSpan.FromSeconds(parsed.GetValue(LongSettle)),
            Report = Path.GetFullPath(parsed.GetValue(Report) ?? "."),
            Data = parsed.GetValue(Data) is { } folder ? new DataFolder(folder) : null,
            Village =
            [
                "--scale", "order-service=2",
                .. (parsed.GetValue(Scale) ?? []).SelectMany(scale => new[] { "--scale", scale }),
                .. (parsed.GetValue(Set) ?? []).SelectMany(setting => new[] { "--set", setting }),
            ],
            Build = !parsed.GetValue(NoBuild),
        };
    }
}
