using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kampung.Messaging.Host;

[Topic("note-written")]
public sealed record NoteWritten(Guid Note, int Number, bool Echo = false) : IEvent
{
    [JsonIgnore] public Guid Subject => Note;
}

[Topic("note-echoed")]
public sealed record NoteEchoed(Guid Note, int Number) : IEvent
{
    [JsonIgnore] public Guid Subject => Note;
}

/// <summary>A service that publishes and hears notes, and fails when it is told to.</summary>
public static class NotesService
{
    public static WebApplication Create(params string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Services.AddDbContextPool<NotesDb>((services, db) => NotesDb.On(services.GetRequiredService<IConfiguration>().GetConnectionString("Postgres")!, db));
        builder.AddMessaging<NotesDb>(events => events.On<NoteWritten>(Record).On<NoteEchoed>(RecordEcho));
        builder.Services.AddProblemDetails();

        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapDeadLetters();
        app.MapPost("/notes/{note:guid}", WriteNotes);
        return app;
    }

    /// <summary>Notes with the numbers <paramref name="from"/> to <paramref name="from"/> + <paramref name="count"/> - 1, each in a transaction of its own.</summary>
    static async Task WriteNotes(Guid note, NotesDb db, int from = 1, int count = 1)
    {
        for (var number = from; number < from + count; number++)
        {
            db.Notes.Add(new Note { Id = Guid.CreateVersion7(), Number = number });
            db.Publish(new NoteWritten(note, number));
            await db.SaveChangesAsync();
        }
    }

    static async Task Record(NoteWritten written, EventContext context)
    {
        var db = context.Database<NotesDb>();
        db.Effects.Add(new Effect
        {
            EventId = context.Id,
            Note = written.Note,
            Number = written.Number,
            Attempt = context.Attempt,
            Instance = context.Services.GetRequiredService<IConfiguration>()["Instance"] ?? "",
            TraceParent = Activity.Current?.Id,
        });
        if (written.Echo) db.Publish(new NoteEchoed(written.Note, written.Number));

        switch (await db.Troubles.Where(trouble => trouble.Note == written.Note && trouble.Number == written.Number).Select(trouble => trouble.Kind).SingleOrDefaultAsync())
        {
            case "fails":
                throw new InvalidOperationException($"note {written.Number} cannot be taken");
            case "hangs":
                await db.SaveChangesAsync();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                break;
            case "swallows":
                try
                {
                    await db.Database.ExecuteSqlAsync($"select 1 / 0");
                }
                catch (PostgresException)
                {
                    // And the transaction is aborted, whatever the handler believes.
                }
                break;
        }
    }

    static Task RecordEcho(NoteEchoed echoed, EventContext context)
    {
        context.Database<NotesDb>().Effects.Add(new Effect { EventId = context.Id, Note = echoed.Note, Number = -echoed.Number, TraceParent = Activity.Current?.Id });
        return Task.CompletedTask;
    }
}
