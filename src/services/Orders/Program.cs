using Kampung.Messaging;
using Kampung.Orders;
using Kampung.Orders.Stalls;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("order-service");
builder.AddDatabase<OrdersDb>();
builder.AddMessaging<OrdersDb>(events => events.HearStallEvents());
builder.Services.AddScoped<HeardFacts>();
builder.AddServiceClient<CustomerClient>("customer-service");
builder.AddServiceClient<ProductClient>("product-service");
builder.AddServiceClient<InventoryClient>("inventory-service");
builder.AddServiceClient<PaymentClient>("payment-service");
builder.AddServiceClient<KitchenClient>("kitchen-service");
builder.AddServiceClient<DeliveryClient>("delivery-service");
builder.Services.Configure<OrderOptions>(builder.Configuration.GetSection("Orders"));
builder.Services.ConfigureDbContext<OrdersDb>(context => context.AddInterceptors(new RowLocks(), new AfterCommit()));
builder.Services.AddScoped(services => OrderPlan.With(
    services.GetRequiredService<InventoryClient>(), services.GetRequiredService<PaymentClient>(),
    services.GetRequiredService<KitchenClient>(), services.GetRequiredService<DeliveryClient>()));
builder.Services.AddSingleton<OrderFeed>().AddHostedService(services => services.GetRequiredService<OrderFeed>());
builder.Services.AddSingleton<Chief>().AddHostedService(services => services.GetRequiredService<Chief>());
builder.AddRetention();

var app = builder.Build();
app.UseServiceDefaults();

app.MapGroup("/orders").WithTags("Orders").OnlyFor(Role.Customer).MapPlaceOrder();

var orders = app.MapGroup("/orders").WithTags("Orders").OnlyFor(Role.Customer, Role.Operator);
orders.MapListOrders();
orders.MapGetOrder();
orders.MapFollowOrder();
orders.MapCancelOrder();

app.MapGroup("/orders").WithTags("Orders").OnlyFor(Role.Operator).MapStuckOrders();
app.MapGroup("/orders").WithTags("Orders").OnlyFor(Role.Service).MapTellStatus();
app.MapGroup("/audit").WithTags("Audit").OnlyFor(Role.Operator).MapAuditOrders();
app.MapDeadLetters().OnlyFor(Role.Operator);

await app.RunServiceAsync();
