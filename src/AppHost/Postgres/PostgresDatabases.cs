using Npgsql;

namespace Kampung.AppHost.Postgres;

/// <summary>Makes one database and one user of the same name for a service, closed to every other user. Works on our own server and on a given one.</summary>
public static class PostgresDatabases
{
    /// <param name="admin">Connection of a user who may create databases and roles.</param>
    /// <param name="names">Databases that must be there. Those that are keep their content; the users get their current password.</param>
    /// <returns>A connection string by name.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> EnsureAsync(
        string admin, IEnumerable<string> names, Passwords passwords, CancellationToken stop = default)
    {
        await using var connection = new NpgsqlConnection(admin);
        await connection.OpenAsync(stop);
        var superuser = await IsTrueAsync("select rolsuper from pg_roles where rolname = current_user", null);
        var connections = new Dictionary<string, string>();
        foreach (var name in names)
        {
            // Names are our own constants, passwords are hexadecimal: neither needs escaping beyond the quotes.
            var exists = await IsTrueAsync("select true from pg_roles where rolname = @name", name);
            await RunAsync($"{(exists ? "alter" : "create")} role \"{name}\" login password '{passwords.Of(name)}'");
            // Only a member of a role may give it a database; a superuser needs no membership.
            if (!superuser) await RunAsync($"grant \"{name}\" to current_user");
            if (!await IsTrueAsync("select true from pg_database where datname = @name", name)) await RunAsync($"create database \"{name}\" owner \"{name}\"");
            await RunAsync($"revoke all on database \"{name}\" from public");
            connections[name] = new NpgsqlConnectionStringBuilder
            {
                Host = connection.Host, Port = connection.Port, Database = name, Username = name, Password = passwords.Of(name), MaxPoolSize = 20,
            }.ConnectionString;
        }
        return connections;

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(stop);
        }

        async Task<bool> IsTrueAsync(string sql, string? name)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            if (name is not null) command.Parameters.AddWithValue("name", name);
            return await command.ExecuteScalarAsync(stop) is true;
        }
    }

    /// <summary>Closes the databases that every server starts with to everyone but the superuser. For a server of our own only.</summary>
    public static async Task CloseTemplatesAsync(string admin, CancellationToken stop = default)
    {
        await using var connection = new NpgsqlConnection(admin);
        await connection.OpenAsync(stop);
        await using var command = new NpgsqlCommand("revoke all on database postgres, template1 from public", connection);
        await command.ExecuteNonQueryAsync(stop);
    }
}
