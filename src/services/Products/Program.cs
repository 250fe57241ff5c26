using Kampung.Messaging;
using Kampung.Products;
using Kampung.Products.Catalogue;
using Kampung.Products.Postgres;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("product-service");
builder.AddDatabase<ProductsDb>();
builder.AddMessaging<ProductsDb>();
builder.Services.AddScoped<IProductStore, PostgresProductStore>();
builder.Services.AddOptions<CatalogueOptions>().BindConfiguration("Catalogue");
builder.Services.AddHostedService<VillageCatalogue>();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDeadLetters().OnlyFor(Role.Operator);

var window = app.MapGroup("/products").AllowAnonymous();
window.MapBrowseProducts();
window.MapListFacets();
window.MapGetProduct();
window.MapServePicture();

var stock = app.MapGroup("/products").OnlyFor(Role.Merchant, Role.Operator);
stock.MapListCatalogue();
stock.MapSaveProduct();
stock.MapDeleteProduct();
stock.MapImportProducts();

app.MapGroup("/products").OnlyFor(Role.Service).MapQuoteLines();

await app.RunServiceAsync();
