using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kampung.Products.Tests;
using Kampung.Testing;

[assembly: AssemblyFixture(typeof(ProductsService))]
// The tests share one process and count what is in its database.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Kampung.Products.Tests;

/// <summary>product-service, at first without a product.</summary>
public sealed class ProductsService() : ServiceFixture("Products")
{
    public static readonly string Village = Path.Combine(AppContext.BaseDirectory, "Catalogue", "village.csv");

    public static string Export(string name) => Path.Combine(AppContext.BaseDirectory, "data", $"shopify-{name}.csv");

    /// <summary>Takes all products out, past the API.</summary>
    public Task EmptyAsync() => QueryAsync<long>("with gone as (delete from products returning 1) select count(*) from gone");

    /// <summary>How many events were ever published, sent already or not.</summary>
    public Task<long> PublishedAsync() => QueryAsync<long>("select case when is_called then last_value else 0 end from outbox_id_seq");

    /// <summary>How many products there are, published or not.</summary>
    public Task<long> CountAsync() => QueryAsync<long>("select count(*) from products");

    public Task<HttpResponseMessage> SendCsvAsync(byte[] csv, string query = "", string contentType = "text/csv")
    {
        var content = new ByteArrayContent(csv);
        if (contentType != "") content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return Client.PostAsync("/products/import" + query, content);
    }

    public async Task<JsonElement> ImportAsync(string csv, string query = "") => await (await SendCsvAsync(Encoding.UTF8.GetBytes(csv), query)).ShouldBeJson();

    public async Task<JsonElement> ImportFileAsync(string file) => await (await SendCsvAsync(await File.ReadAllBytesAsync(file))).ShouldBeJson();

    public async Task<JsonElement> CreateAsync(object product) => await (await Client.PostAsJsonAsync("/products", product)).ShouldBeJson(System.Net.HttpStatusCode.Created);

    public async Task<JsonElement> GetAsync(string path) => await (await Client.GetAsync(path)).ShouldBeJson();

    public async Task<JsonElement> FindAsync(string handle) =>
        JsonSerializer.Deserialize<JsonElement>(await QueryAsync<string>($"select document::text from products where handle = '{handle}'"));

    public async Task<List<JsonElement>> PagesAsync(string query, int limit)
    {
        var items = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await GetAsync($"/products?{query}&limit={limit}&cursor={cursor}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }
        return items;
    }
}
