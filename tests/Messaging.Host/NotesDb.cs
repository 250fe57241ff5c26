using Microsoft.EntityFrameworkCore;

namespace Kampung.Messaging.Host;

/// <summary>The database of a small service that lives for Messaging's tests.</summary>
public sealed class NotesDb(DbContextOptions<NotesDb> options) : DbContext(options)
{
    public DbSet<Note> Notes => Set<Note>();
    public DbSet<Effect> Effects => Set<Effect>();
    public DbSet<Trouble> Troubles => Set<Trouble>();

    /// <summary>With snake_case names, as the shop's services have them.</summary>
    public static DbContextOptionsBuilder On(string connectionString, DbContextOptionsBuilder options) =>
        options.UseNpgsql(connectionString).UseSnakeCaseNamingConvention();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();
        modelBuilder.Entity<Trouble>().HasKey(trouble => new { trouble.Note, trouble.Number });
    }
}

/// <summary>What is changed together with publishing.</summary>
public sealed class Note
{
    public Guid Id { get; init; }
    public int Number { get; init; }
}

/// <summary>What a handler did: one row each time that it took effect.</summary>
public sealed class Effect
{
    public long Id { get; init; }
    public Guid EventId { get; init; }
    public Guid Note { get; init; }
    public int Number { get; init; }
    public int Attempt { get; init; }
    public string Instance { get; init; } = "";
    public string? TraceParent { get; init; }
}

/// <summary>How the handler is to misbehave on one event: "fails", "hangs" or "swallows". Heals when the row is deleted.</summary>
public sealed class Trouble
{
    public Guid Note { get; init; }
    public int Number { get; init; }
    public string Kind { get; init; } = "fails";
}
