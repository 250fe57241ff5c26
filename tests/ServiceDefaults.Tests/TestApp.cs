using System.Collections.Concurrent;
using Kampung.ServiceDefaults;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kampung.ServiceDefaults.Tests;

/// <summary>A small service, built as every service is, on a real port.</summary>
public sealed class TestApp : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Task running;

    TestApp(WebApplication app, LogLines logs)
    {
        this.app = app;
        Logs = logs;
        running = app.RunServiceAsync();
    }

    public LogLines Logs { get; }

    public IServiceProvider Services => app.Services;

    public HttpClient Client { get; } = new();

    public Uri Address { get; private set; } = null!;

    public static async Task<TestApp> StartAsync(
        Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null, Dictionary<string, string>? settings = null, string name = "test-service",
        LogLines? logs = null)
    {
        string[] arguments = ["--urls=http://127.0.0.1:0", .. settings?.Select(setting => $"--{setting.Key}={setting.Value}") ?? []];
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = arguments, EnvironmentName = "Development", ContentRootPath = AppContext.BaseDirectory });
        // Tokens are what some tests are about, and in the way of the others.
        builder.AddServiceDefaults(name, checksTokens: settings?.ContainsKey("Auth:Authority") == true);
        logs ??= new LogLines();
        builder.Logging.ClearProviders().AddProvider(logs);
        add?.Invoke(builder);
        var app = builder.Build();
        app.UseServiceDefaults();
        map?.Invoke(app);

        var test = new TestApp(app, logs);
        await Eventually.Is(() => test.running.IsCompleted || app.Lifetime.ApplicationStarted.IsCancellationRequested);
        if (test.running.IsCompleted) await test.running;
        test.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        test.Client.BaseAddress = test.Address;
        return test;
    }

    public async Task StopAsync()
    {
        if (!running.IsCompleted) app.Lifetime.StopApplication();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
        await app.DisposeAsync();
    }
}

/// <summary>What was logged.</summary>
public sealed class LogLines : ILoggerProvider
{
    readonly ConcurrentQueue<(LogLevel Level, string Text)> lines = new();

    public IEnumerable<string> At(LogLevel level) => lines.Where(line => line.Level == level).Select(line => line.Text);

    public IEnumerable<string> All => lines.Select(line => line.Text);

    public ILogger CreateLogger(string categoryName) => new Logger(lines);

    public void Dispose()
    {
    }

    sealed class Logger(ConcurrentQueue<(LogLevel, string)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
    }
}
