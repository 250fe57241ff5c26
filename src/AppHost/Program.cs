using Kampung.AppHost.Processes;

if (args is [Guardian.Verb])
    await Guardian.WatchAsync(Console.In);
