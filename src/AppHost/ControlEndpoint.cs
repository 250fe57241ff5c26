using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost;

/// <summary>
/// HTTP on the loopback address, for <c>status</c>, tests and the board: <c>GET /processes</c>, <c>GET /processes/{name}/settings</c>, <c>POST /processes/{name}/{start|stop|kill|restart|pause|resume}</c>,
/// <c>GET /card-network</c>, <c>PUT /card-network/{up|slow|down}</c>.
/// Each request carries <c>Authorization: Bearer TOKEN</c> with the token of <see cref="ControlFile"/>.
/// </summary>
public static class ControlEndpoint
{
    public static async Task<WebApplication> StartAsync(
        DataFolder data, string gateway, string kafka, IReadOnlyDictionary<string, string> kafkaProperties, IReadOnlyList<Supervised> processes, CancellationToken stop)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var port = FreePort.Next();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.CamelCase)));
        var app = builder.Build();

        app.Use((context, next) =>
        {
            var given = Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString());
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes($"Bearer {token}"))) return next(context);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        app.UseRouting();
        app.MapGet("/processes", () => processes.Select(process => process.Status));
        app.MapGet("/processes/{name}/settings", (string name) => processes.FirstOrDefault(process => process.Plan.Id == name) is { } process
            ? Results.Ok(process.Plan.Settings())
            : Results.Problem($"There is no process '{name}'.", statusCode: StatusCodes.Status404NotFound));
        app.MapPost("/processes/{name}/{action}", async (string name, string action) =>
        {
            if (processes.FirstOrDefault(process => process.Plan.Id == name) is not { } process)
                return Results.Problem($"There is no process '{name}'.", statusCode: StatusCodes.Status404NotFound);
            try
            {
                return await ApplyAsync(process, action)
                    ? Results.Ok(process.Status)
                    : Results.Problem($"'{action}' is none of start, stop, kill, restart, pause, resume.", statusCode: StatusCodes.Status404NotFound);
            }
            catch (KampungException e)
            {
                return Results.Problem(e.Message, statusCode: StatusCodes.Status409Conflict);
            }
        });
        app.MapGet("/card-network", () => new { state = CardNetwork.Read(data) });
        app.MapPut("/card-network/{state}", (string state) =>
        {
            if (!CardNetwork.States.Contains(state)) return Results.Problem($"'{state}' is none of {string.Join(", ", CardNetwork.States)}.", statusCode: StatusCodes.Status404NotFound);
            CardNetwork.Set(data, state);
            return Results.Ok(new { state });
        });
        await app.StartAsync(stop);
        new ControlFile($"http://127.0.0.1:{port}", token, Environment.ProcessId, gateway, kafka, kafkaProperties).Write(data);
        return app;
    }

    static async Task<bool> ApplyAsync(Supervised process, string action)
    {
        switch (action)
        {
            case "start": await process.StartAsync(); return true;
            case "stop": await process.StopAsync(); return true;
            case "restart": await process.RestartAsync(); return true;
            case "kill": process.Kill(); return true;
            case "pause": process.Pause(); return true;
            case "resume": process.Resume(); return true;
            default: return false;
        }
    }
}
