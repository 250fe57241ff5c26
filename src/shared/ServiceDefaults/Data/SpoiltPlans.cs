using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Kampung.ServiceDefaults.Data;

/// <summary>
/// Lets no connection live on after a statement failed before PostgreSQL had planned it, as when its request went away just then: Npgsql believes it prepared all the same, and the statement
/// would fail once more for somebody else (npgsql/npgsql#6391). A broken constraint (class 23) is found after that and does no harm.
/// </summary>
sealed class SpoiltPlans(NpgsqlDataSource source) : DbCommandInterceptor
{
    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData) => Forget(eventData.Exception);

    public override Task CommandFailedAsync(DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget(eventData.Exception);
        return Task.CompletedTask;
    }

    public override void CommandCanceled(DbCommand command, CommandEndEventData eventData) => Forget();

    public override Task CommandCanceledAsync(DbCommand command, CommandEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Forget();
        return Task.CompletedTask;
    }

    // Connections that are in use end when they are given back.
    void Forget(Exception? failure = null)
    {
        if (failure is not PostgresException { SqlState: ['2', '3', ..] }) source.Clear();
    }
}
