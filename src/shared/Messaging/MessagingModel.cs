using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Kampung.Messaging;

/// <summary>Messaging's tables in a service's own database.</summary>
public static class MessagingModel
{
    /// <summary>Adds the tables outbox, inbox and parked_messages. Columns are named here, since messaging also speaks SQL to them.</summary>
    public static ModelBuilder AddMessaging(this ModelBuilder model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Entity<OutboxMessage>(Outbox).Entity<InboxEntry>(Inbox).Entity<ParkedMessage>(Parked);
    }

    static void Outbox(EntityTypeBuilder<OutboxMessage> outbox)
    {
        outbox.ToTable("outbox").HasKey(row => row.Id);
        outbox.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        outbox.Property(row => row.EventId).HasColumnName("event_id");
        outbox.Property(row => row.Topic).HasColumnName("topic");
        outbox.Property(row => row.Type).HasColumnName("type");
        outbox.Property(row => row.Key).HasColumnName("key");
        outbox.Property(row => row.Body).HasColumnName("body");
        outbox.Property(row => row.Time).HasColumnName("time");
        outbox.Property(row => row.TraceParent).HasColumnName("traceparent");
        outbox.Property(row => row.TraceState).HasColumnName("tracestate");
    }

    static void Inbox(EntityTypeBuilder<InboxEntry> inbox)
    {
        inbox.ToTable("inbox").HasKey(row => new { row.Consumer, row.EventId });
        inbox.Property(row => row.Consumer).HasColumnName("consumer");
        inbox.Property(row => row.EventId).HasColumnName("event_id");
        inbox.Property(row => row.HandledAt).HasColumnName("handled_at");
        inbox.HasIndex(row => row.HandledAt).HasDatabaseName("ix_inbox_handled_at");
    }

    static void Parked(EntityTypeBuilder<ParkedMessage> parked)
    {
        parked.ToTable("parked_messages").HasKey(row => row.Id);
        parked.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        parked.Property(row => row.Consumer).HasColumnName("consumer");
        parked.Property(row => row.EventId).HasColumnName("event_id");
        parked.Property(row => row.Topic).HasColumnName("topic");
        parked.Property(row => row.Partition).HasColumnName("partition");
        parked.Property(row => row.Offset).HasColumnName("offset");
        parked.Property(row => row.Key).HasColumnName("key");
        parked.Property(row => row.Headers).HasColumnName("headers").HasColumnType("jsonb").HasConversion(
            headers => JsonSerializer.Serialize(headers, JsonSerializerOptions.Default),
            json => JsonSerializer.Deserialize<Dictionary<string, string>>(json, JsonSerializerOptions.Default)!,
            new ValueComparer<Dictionary<string, string>>((a, b) => ReferenceEquals(a, b), headers => headers.Count, headers => headers));
        parked.Property(row => row.Body).HasColumnName("body");
        parked.Property(row => row.State).HasColumnName("state").HasConversion(
            state => state.ToString().ToLowerInvariant(), text => Enum.Parse<ParkedState>(text, ignoreCase: true));
        parked.Property(row => row.Attempts).HasColumnName("attempts");
        parked.Property(row => row.ParkedAt).HasColumnName("parked_at");
        parked.Property(row => row.DueAt).HasColumnName("due_at");
        parked.Property(row => row.Error).HasColumnName("error");
        parked.HasIndex(row => new { row.Consumer, row.EventId }).IsUnique().HasDatabaseName("ux_parked_messages_event");
        parked.HasIndex(row => new { row.Consumer, row.Key, row.Id }).HasDatabaseName("ix_parked_messages_key");
        parked.HasIndex(row => new { row.Consumer, row.DueAt }).HasFilter("state = 'parked'").HasDatabaseName("ix_parked_messages_due");
    }
}
