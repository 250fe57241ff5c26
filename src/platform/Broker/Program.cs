using Kampung.Broker;
using Kampung.Broker.Net;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders().AddConsole(console => console.FormatterName = CompactJsonFormatter.FormatterName)
    .AddConsoleFormatter<CompactJsonFormatter, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>();
builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
if (builder.Configuration[WebHostDefaults.ServerUrlsKey] is null) builder.WebHost.UseUrls("http://127.0.0.1:9640");

// A thread that flushes to disk waits; the others go on.
ThreadPool.GetMinThreads(out var workers, out var ports);
ThreadPool.SetMinThreads(Math.Max(workers, 8), ports);

try
{
    var options = builder.Configuration.GetSection("Broker").Get<BrokerOptions>() ?? new BrokerOptions();
    if (options.Problem() is { } problem) throw new StartFailedException(problem);
    builder.Services.AddSingleton(options).AddSingleton<Node>().AddHostedService<KafkaListener>();

    await using var app = builder.Build();
    app.MapGet("/", (Node node) => new { node.ClusterId, bootstrapServers = $"{node.Options.Host}:{node.Port}", topics = node.Topics.All.Select(topic => topic.Name) });
    app.MapGet("/health/live", () => new { status = "up" });
    app.MapGet("/health/ready", (Node node) => node.Port > 0 ? Results.Ok(new { status = "up" }) : Results.Json(new { status = "starting" }, statusCode: 503));
    app.MapGet("/metrics", (Node node) => Results.Text(Metrics.Text(node), "text/plain; version=0.0.4"));
    await app.RunAsync();
    return 0;
}
catch (StartFailedException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}
catch (InvalidOperationException failure) when (failure.InnerException is FormatException or ArgumentException)
{
    await Console.Error.WriteLineAsync($"The configuration cannot be read: {failure.Message}");
    return 1;
}
catch (IOException failure) when (failure.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"The broker's HTTP port is taken by another process: {failure.Message}");
    return 1;
}
