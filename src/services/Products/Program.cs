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
app.MapDeadLetters();

var products = app.MapGroup("/products");
products.MapBrowseProducts();
products.MapGetProduct();
products.MapSaveProduct();
products.MapDeleteProduct();
products.MapImportProducts();
products.MapQuoteLines();
products.MapServePicture();

await app.RunServiceAsync();
