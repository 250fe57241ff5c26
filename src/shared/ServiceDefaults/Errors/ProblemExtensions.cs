using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Kampung.ServiceDefaults.Errors;

static class ProblemExtensions
{
    public static void AddProblems(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ExceptionProblems>();
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = ExceptionProblems.IsExpected });
        app.UseStatusCodePages(context => Problems.Of(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
        app.Use(RefuseUnknownCharset);
    }

    // ASP.NET Core takes a charset that .NET does not know for a fault of ours.
    static Task RefuseUnknownCharset(HttpContext http, RequestDelegate next)
    {
        var charset = http.Request.GetTypedHeaders().ContentType?.Charset;
        return charset?.Length > 0 && !IsKnown(charset.Value.ToString().Trim('"'))
            ? Problems.Of(415, $"The charset {charset} is not supported; send UTF-8.").ExecuteAsync(http)
            : next(http);
    }

    static bool IsKnown(string charset)
    {
        try
        {
            return Encoding.GetEncoding(charset) is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
