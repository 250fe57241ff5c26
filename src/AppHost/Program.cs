using Kampung.AppHost;
using Kampung.AppHost.Processes;

if (args is [Guardian.Verb])
{
    await Guardian.WatchAsync(Console.In);
    return 0;
}
return await CommandLine.RunAsync(args);
