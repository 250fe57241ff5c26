using System.Text.Json;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Products.Postgres;

/// <summary>The service's database: a product is one jsonb document, beside it the columns that it is found and sorted by.</summary>
sealed class ProductsDb(DbContextOptions<ProductsDb> options) : DbContext(options)
{
    public DbSet<ProductRow> Products => Set<ProductRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();
        modelBuilder.Entity<ProductRow>(product =>
        {
            product.ToTable("products").HasKey(row => row.Id);
            product.Property(row => row.Id).ValueGeneratedNever();
            product.Property(row => row.Version).IsConcurrencyToken();
            product.Property(row => row.Document).HasColumnType("jsonb")
                .HasConversion(value => JsonSerializer.Serialize(value, Product.Json), json => JsonSerializer.Deserialize<Product>(json, Product.Json)!);
            product.Property(row => row.Price).HasPrecision(12, 2);
            product.Property(row => row.Title).UseCollation("C");   // the same order on every server
            product.HasIndex(row => row.Handle).IsUnique();
            product.HasIndex(row => row.VariantIds).HasMethod("gin");
            product.HasIndex(row => row.Tags).HasMethod("gin");
            product.HasIndex(row => new { row.Published, row.Title, row.Id });
            product.HasIndex(row => new { row.Published, row.Price, row.Id });
        });
    }
}

/// <summary>Texts are lower-case, since they are only compared.</summary>
sealed class ProductRow
{
    public required Guid Id { get; init; }
    public required int Version { get; init; }
    public required Product Document { get; init; }
    public required string Handle { get; init; }
    public required bool Published { get; init; }
    public required string Title { get; init; }
    public required string Stall { get; init; }
    public required string Type { get; init; }
    public required string[] Tags { get; init; }
    public required decimal Price { get; init; }
    public required Guid[] VariantIds { get; init; }

    /// <summary>All the text that a search looks into, the description without its HTML.</summary>
    public required string Text { get; init; }
}
