using System.Text.Json;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Kampung.Notifications.Storage;

/// <summary>The tables of notification-service: documents in jsonb, and as columns what is searched for.</summary>
public sealed class NotificationsDb(DbContextOptions<NotificationsDb> options) : DbContext(options)
{
    public DbSet<ContactRow> Contacts => Set<ContactRow>();
    public DbSet<PreferencesRow> Preferences => Set<PreferencesRow>();
    public DbSet<Notification> Notifications => Set<Notification>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.AddMessaging();
        modelBuilder.Entity<ContactRow>(row =>
        {
            row.HasKey(contact => contact.CustomerId);
            Document(row.Property(contact => contact.Contact)).HasColumnName("document");
        });
        modelBuilder.Entity<PreferencesRow>(row =>
        {
            row.ToTable("preferences").HasKey(chosen => chosen.CustomerId);
            Document(row.Property(chosen => chosen.Preferences)).HasColumnName("document");
        });
        modelBuilder.Entity<Notification>(row =>
        {
            row.Property(notification => notification.State).HasConversion(state => Write(state), text => ReadState(text));
            Document(row.Property(notification => notification.Letter)).HasColumnName("document");
            // This index is what makes a notification one.
            row.HasIndex(notification => new { notification.About, notification.Kind, notification.Channel }).IsUnique();
            row.HasIndex(notification => new { notification.CustomerId, notification.Id });
            row.HasIndex(notification => new { notification.Channel, notification.DueAt }).HasFilter("state = 'pending'");
            row.HasIndex(notification => notification.CreatedAt);
        });
    }

    internal static string Write<T>(T document) where T : class => JsonSerializer.Serialize(document, Json.Options);

    internal static T Read<T>(string document) => JsonSerializer.Deserialize<T>(document, Json.Options)!;

    internal static string Write(NotificationState state) => state.ToString().ToLowerInvariant();

    static NotificationState ReadState(string text) => Enum.Parse<NotificationState>(text, ignoreCase: true);

    static PropertyBuilder<T> Document<T>(PropertyBuilder<T> property) where T : class? =>
        property.HasColumnType("jsonb").HasConversion(
            document => JsonSerializer.Serialize(document, Json.Options), json => Read<T>(json));
}

/// <summary>A contact and when it was heard; without a contact, a customer who has left.</summary>
public sealed class ContactRow
{
    public required Guid CustomerId { get; init; }
    public required DateTimeOffset AsOf { get; init; }
    public Contact? Contact { get; init; }
}

/// <summary>How a customer wants to be told, once they chose.</summary>
public sealed class PreferencesRow
{
    public required Guid CustomerId { get; init; }
    public required Preferences Preferences { get; init; }
}
