using System.Net;
using System.Net.Http.Json;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class DatabaseTests(TestPostgres postgres)
{
    public sealed class Thing
    {
        public Guid Id { get; set; }
        public string FullName { get; set; } = "";
    }

    public sealed class ThingsDb(DbContextOptions<ThingsDb> options) : DbContext(options)
    {
        public DbSet<Thing> Things => Set<Thing>();
    }

    [DbContext(typeof(ThingsDb))]
    [Migration("20260101000000_First")]
    public sealed class First : Migration
    {
        // It fails if it runs twice, and takes long enough for two to meet.
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            "select pg_sleep(0.3); create table things (id uuid primary key, full_name text not null)");

        protected override void BuildTargetModel(ModelBuilder modelBuilder) =>
            modelBuilder.Entity<Thing>(thing =>
            {
                thing.Property(t => t.Id).HasColumnName("id");
                thing.Property(t => t.FullName).HasColumnName("full_name").IsRequired();
                thing.HasKey(t => t.Id).HasName("pk_things");
                thing.ToTable("things");
            });
    }

    [Fact]
    public async Task Instances_that_start_together_migrate_once()
    {
        var connection = await postgres.CreateDatabaseAsync("things");

        var apps = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => StartAsync(connection))));

        foreach (var app in apps)
        {
            (await app.Client.PostAsJsonAsync("/things", "Siti")).StatusCode.ShouldBe(HttpStatusCode.OK);
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_database_gets_what_it_lacks_beside_what_it_has()
    {
        var connection = await postgres.CreateDatabaseAsync("older");
        await using (var source = NpgsqlDataSource.Create(connection))
        await using (var before = source.CreateCommand("""
            create table "__EFMigrationsHistory" (migration_id varchar(150) primary key, product_version varchar(32) not null);
            insert into "__EFMigrationsHistory" values ('20250101000000_Earlier', '9.0.0')
            """))
            await before.ExecuteNonQueryAsync();

        await using var app = await StartAsync(connection);

        (await app.Client.PostAsJsonAsync("/things", "Siti")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_process_waits_for_a_database_that_is_not_there_yet()
    {
        var admin = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync("later"));
        var connection = new NpgsqlConnectionStringBuilder(admin.ConnectionString) { Port = FreePort.Next() };
        var logs = new LogLines();
        var starting = Task.Run(() => StartAsync(connection.ConnectionString, logs: logs));
        await Eventually.Is(() => logs.All.Any(line => line.Contains("Waiting for the database", StringComparison.Ordinal)));
        starting.IsCompleted.ShouldBeFalse();

        await using var tunnel = new Tunnel(connection.Port, admin.Port);

        await using var app = await starting;
    }

    [Fact]
    public async Task It_does_not_wait_for_ever()
    {
        var nowhere = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = FreePort.Next(), Database = "none", Username = "none" };

        var failure = await Should.ThrowAsync<NpgsqlException>(() => StartAsync(nowhere.ConnectionString, patience: "00:00:00.500"));

        failure.Message.ShouldContain("127.0.0.1");
    }

    [Fact]
    public async Task Text_that_the_database_cannot_hold_is_a_bad_request()
    {
        await using var app = await StartAsync(await postgres.CreateDatabaseAsync("things"));

        var response = await app.Client.PostAsJsonAsync("/things", "Si\0ti");

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        app.Logs.At(LogLevel.Error).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_its_database_a_process_is_alive_but_not_ready_and_answers_503()
    {
        await using var own = await TestPostgres.StartAsync();
        await using var app = await StartAsync(await own.CreateDatabaseAsync("things"));
        (await app.Client.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await (await own.Server).DisposeAsync();

        await Eventually.Is(async () => (await app.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable);
        (await app.Client.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var response = await app.Client.PostAsJsonAsync("/things", "Siti");
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        app.Logs.At(LogLevel.Error).ShouldBeEmpty();
    }

    /// <summary>Npgsql believes a statement prepared when PostgreSQL refuses to plan it (npgsql/npgsql#6391).</summary>
    [Fact]
    public async Task A_statement_that_fails_while_it_is_prepared_works_the_next_time()
    {
        await using var app = await StartAsync($"{await postgres.CreateDatabaseAsync("things")};Auto Prepare Min Usages=1");

        foreach (var (number, status) in new[] { ("many", HttpStatusCode.UnprocessableEntity), ("1", HttpStatusCode.OK) })
            for (var i = 0; i < 5; i++)
                (await app.Client.GetAsync($"/numbers/{number}")).StatusCode.ShouldBe(status);
    }

    static Task<TestApp> StartAsync(string connection, string patience = "00:01:00", LogLines? logs = null) => TestApp.StartAsync(
        builder => builder.AddDatabase<ThingsDb>(),
        routes =>
        {
            routes.MapPost("/things", async ([FromBody] string name, ThingsDb db) =>
            {
                db.Things.Add(new Thing { Id = Guid.CreateVersion7(), FullName = name });
                await db.SaveChangesAsync();
            });
            routes.MapGet("/numbers/{text}", async (string text, ThingsDb db) =>
            {
                try
                {
                    return Results.Ok(await db.Database.SqlQuery<int>($"select cast({text} as int) as \"Value\"").SingleAsync());
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidTextRepresentation)
                {
                    return Results.UnprocessableEntity();
                }
            });
        },
        new() { ["ConnectionStrings:Postgres"] = connection, ["Database:StartTimeout"] = patience },
        logs: logs);
}
