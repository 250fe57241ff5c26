using System.Net;
using System.Text.RegularExpressions;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Kampung.Products.Postgres;

/// <summary>Products in PostgreSQL.</summary>
sealed partial class PostgresProductStore(ProductsDb db) : IProductStore
{
    const long BatchLock = 0x70726F6475637473; // "products"

    public async Task<bool> IsEmpty(CancellationToken ct) => !await db.Products.AnyAsync(ct);

    public Task<Product?> Find(Guid id, CancellationToken ct) =>
        db.Products.Where(row => row.Id == id).Select(row => row.Document).SingleOrDefaultAsync(ct);

    public async Task<IReadOnlyList<Product>> FindByHandles(IReadOnlyCollection<string> handles, CancellationToken ct) =>
        await db.Products.Where(row => handles.Contains(row.Handle)).Select(row => row.Document).ToListAsync(ct);

    public async Task<IReadOnlyList<Product>> FindByVariants(IReadOnlyCollection<Guid> variantIds, CancellationToken ct) =>
        await db.Products.Where(row => row.VariantIds.Any(id => variantIds.Contains(id))).Select(row => row.Document).ToListAsync(ct);

    public async Task<IReadOnlyList<Product>> Search(ProductSearch search, CancellationToken ct)
    {
        var rows = db.Products.Where(row => search.Hidden || row.Published);
        foreach (var word in search.Words.Select(word => word.ToLowerInvariant())) rows = rows.Where(row => row.Text.Contains(word));
        if (search.Stall?.ToLowerInvariant() is { } stall) rows = rows.Where(row => row.Stall == stall);
        if (search.Type?.ToLowerInvariant() is { } type) rows = rows.Where(row => row.Type == type);
        if (search.Tag?.ToLowerInvariant() is { } tag) rows = rows.Where(row => row.Tags.Contains(tag));
        if (search.MinPrice is { } min) rows = rows.Where(row => row.Price >= min);
        if (search.MaxPrice is { } max) rows = rows.Where(row => row.Price <= max);
        return await InOrder(After(rows, search.After), search.Sort).Take(search.Limit).Select(row => row.Document).ToListAsync(ct);
    }

    public async Task<Facets> Facets(int most, CancellationToken ct)
    {
        var rows = await db.Database.SqlQuery<FacetRow>($"""
            with facet as (
                select 'stall' as kind, min(document->>'stall') as name, count(*)::int as products,
                       (array_agg(document->'pictures'->0->>'url' order by title, id) filter (where document->'pictures'->0->>'url' is not null))[1] as picture_url
                from products where published group by stall
                union all
                select 'type', min(document->>'type'), count(*)::int, null from products where published group by type
                union all
                select 'tag', min(tag), count(distinct id)::int, null
                from products, jsonb_array_elements_text(document->'tags') as tag where published group by lower(tag)),
            ranked as (select *, row_number() over (partition by kind order by products desc, name) as rank from facet where name <> '')
            select kind, name, products, picture_url from ranked where rank <= {most} order by rank
            """).ToListAsync(ct);
        return new(
            [.. rows.Where(row => row.Kind == "stall").Select(row => new StallFacet(row.Name, row.Products, row.PictureUrl))],
            [.. rows.Where(row => row.Kind == "type").Select(row => new Facet(row.Name, row.Products))],
            [.. rows.Where(row => row.Kind == "tag").Select(row => new Facet(row.Name, row.Products))]);
    }

    sealed record FacetRow(string Kind, string Name, int Products, string? PictureUrl);

    static IQueryable<ProductRow> After(IQueryable<ProductRow> rows, ProductPosition? last) => last?.Sort switch
    {
        null => rows,
        ProductSort.Title => rows.Where(row => EF.Functions.GreaterThan(ValueTuple.Create(row.Title, row.Id), ValueTuple.Create(last.Title, last.Id))),
        ProductSort.Price => rows.Where(row => EF.Functions.GreaterThan(ValueTuple.Create(row.Price, row.Id), ValueTuple.Create(last.Price, last.Id))),
        ProductSort.PriceDescending => rows.Where(row => EF.Functions.LessThan(ValueTuple.Create(row.Price, row.Id), ValueTuple.Create(last.Price, last.Id))),
        _ => rows.Where(row => row.Id < last.Id),
    };

    static IQueryable<ProductRow> InOrder(IQueryable<ProductRow> rows, ProductSort sort) => sort switch
    {
        ProductSort.Title => rows.OrderBy(row => row.Title).ThenBy(row => row.Id),
        ProductSort.Price => rows.OrderBy(row => row.Price).ThenBy(row => row.Id),
        ProductSort.PriceDescending => rows.OrderByDescending(row => row.Price).ThenByDescending(row => row.Id),
        _ => rows.OrderByDescending(row => row.Id),   // UUIDs of version 7 sort by age
    };

    public async Task Save(IReadOnlyCollection<Product> products, IEnumerable<ProductChanged> events, CancellationToken ct)
    {
        await using var transaction = products.Count > 1 ? await BeginBatch(ct) : null;
        foreach (var product in products)
        {
            var entry = db.Entry(RowOf(product));
            entry.State = product.Version == 1 ? EntityState.Added : EntityState.Modified;
            if (product.Version > 1) entry.Property(row => row.Version).OriginalValue = product.Version - 1;
        }
        await Commit(events, ct);
        if (transaction is not null) await transaction.CommitAsync(ct);
    }

    /// <summary>Batches go one after the other: at once, each could wait for a handle that the other has just inserted.</summary>
    async Task<IDbContextTransaction> BeginBatch(CancellationToken ct)
    {
        var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({BatchLock})", ct);
        return transaction;
    }

    public Task Delete(Product product, ProductChanged tell, CancellationToken ct)
    {
        db.Remove(RowOf(product));
        return Commit([tell], ct);
    }

    async Task Commit(IEnumerable<ProductChanged> events, CancellationToken ct)
    {
        try
        {
            foreach (var tell in events) db.Publish(tell);
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateException e) when (e is DbUpdateConcurrencyException || e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw new ProductConflictException(e);
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    static ProductRow RowOf(Product product) => new()
    {
        Id = product.Id,
        Version = product.Version,
        Document = product,
        Handle = product.Handle,
        Published = product.Published,
        Title = ProductPosition.TitleKey(product),
        Stall = product.Stall.ToLowerInvariant(),
        Type = product.Type.ToLowerInvariant(),
        Tags = [.. product.Tags.Select(tag => tag.ToLowerInvariant())],
        Price = product.LowestPrice,
        VariantIds = [.. product.Variants.Select(variant => variant.Id)],
        // An entity such as &#0; becomes a character that PostgreSQL cannot hold.
        Text = string.Join('\n', [product.Title, product.Stall, product.Type, .. product.Tags, WebUtility.HtmlDecode(HtmlTag().Replace(product.DescriptionHtml, " "))])
            .Replace("\0", "", StringComparison.Ordinal).ToLowerInvariant(),
    };

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex HtmlTag();
}
