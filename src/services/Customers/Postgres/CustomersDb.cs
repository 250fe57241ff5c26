using System.Text.Json;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Customers.Postgres;

/// <summary>The service's database: a customer is one jsonb document, beside it the columns that it is found by.</summary>
sealed class CustomersDb(DbContextOptions<CustomersDb> options) : DbContext(options)
{
    public DbSet<CustomerRow> Customers => Set<CustomerRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();
        modelBuilder.Entity<CustomerRow>(customer =>
        {
            customer.ToTable("customers").HasKey(row => row.Id);
            customer.Property(row => row.Id).ValueGeneratedNever();
            customer.Property(row => row.Version).IsConcurrencyToken();
            customer.Property(row => row.Document).HasColumnType("jsonb")
                .HasConversion(value => JsonSerializer.Serialize(value, Customer.Json), json => JsonSerializer.Deserialize<Customer>(json, Customer.Json)!);
            customer.HasIndex(row => row.EmailKey).IsUnique();
        });
    }
}

sealed class CustomerRow
{
    public required Guid Id { get; init; }
    public required int Version { get; init; }
    public required Customer Document { get; init; }
    public required string EmailKey { get; init; }
}
