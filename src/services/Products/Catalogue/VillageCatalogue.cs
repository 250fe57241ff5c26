using Kampung.Products.Shopify;
using Microsoft.Extensions.Options;

namespace Kampung.Products.Catalogue;

/// <summary>
/// Fills an empty catalogue with the village food court before the first request, through the same import as any other file. Two instances that start at once
/// both try; one saves, the other finds nothing left to change.
/// </summary>
sealed partial class VillageCatalogue(IServiceScopeFactory scopes, IOptions<CatalogueOptions> options, TimeProvider time, ILogger<VillageCatalogue> log) : IHostedService
{
    static readonly string File = Path.Combine(AppContext.BaseDirectory, "Catalogue", "village.csv");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Demo) return;
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IProductStore>();
        if (!await store.IsEmpty(cancellationToken)) return;

        await using var csv = System.IO.File.OpenRead(File);
        var export = await ShopifyCsv.ReadAsync(csv, new ImportSettings("MYR", options.Value.Stall), time.GetUtcNow(), cancellationToken);
        var answer = await ImportProducts.SaveAsync(export, store, cancellationToken);
        Loaded(answer.Imported);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "The demo catalogue is loaded: {Products} products are new.")]
    private partial void Loaded(int products);
}
