using LibGit2Sharp;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Kampung.ConfigServer;

/// <summary>Degraded while something older than the newest commit is served.</summary>
sealed class RepositoryHealth(ConfigRepository repository) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return Task.FromResult(repository.Read(null) switch
            {
                null => HealthCheckResult.Unhealthy("The repository has no commit."),
                { Complaint: { } complaint } => HealthCheckResult.Degraded(complaint),
                var commit => HealthCheckResult.Healthy($"{commit.Label} at {commit.Sha}"),
            });
        }
        catch (Exception e) when (e is LibGit2SharpException or ConfigFileException or InvalidOperationException)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy(e.Message));
        }
    }
}
