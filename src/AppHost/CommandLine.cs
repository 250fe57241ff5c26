using System.CommandLine;
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

    static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    /// <returns>The exit code: 0, or 1 after one sentence on standard error.</returns>
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
        // Read by AppHost's own child, not by people.
        var guard = new System.CommandLine.Command(Guardian.Verb) { Hidden = true };
        var root = new RootCommand("Kampung: an online marketplace of microservices, on one machine with one command.") { up, status, reset, logs, guard, Data };
        foreach (var command in new[] { up, root })
        {
            foreach (var option in new Option[] { Port, Scale, Set, External, NoBuild }) command.Add(option);
            command.SetAction((parsed, stop) => Up.RunAsync(UpOptionsOf(parsed), stop));
        }
        status.SetAction((parsed, stop) => Status.RunAsync(DataOf(parsed), stop));
        reset.SetAction((parsed, stop) => Reset.RunAsync(DataOf(parsed), parsed.GetValue(Yes), stop));
        logs.SetAction((parsed, stop) => Logs.RunAsync(DataOf(parsed), parsed.GetValue(Name)!, parsed.GetValue(Follow), stop));
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
            Data = DataOf(parsed),
            Scale = (parsed.GetValue(Scale) ?? []).Select(UpOptions.ParseScale).GroupBy(scale => scale.Service).ToDictionary(group => group.Key, group => group.Last().Instances),
            Settings = [.. (parsed.GetValue(Set) ?? []).Select(Setting.Parse)],
            Postgres = external["postgres"].LastOrDefault(),
            Kafka = external["kafka"].LastOrDefault(),
            Build = !parsed.GetValue(NoBuild),
        };
    }
}
