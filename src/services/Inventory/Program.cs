using Kampung.Inventory;
using Kampung.Messaging;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("inventory-service");
builder.AddDatabase<InventoryDb>();
builder.Services.Configure<InventoryOptions>(builder.Configuration.GetSection("Inventory"));
builder.AddServiceClient<OrderClient>("order-service");
builder.Services.AddScoped<StockRoom>();
builder.Services.AddSingleton<StockDesk>();
builder.Services.AddScoped<ExpireReservations>();
builder.AddSweeper<ExpireReservations, InventoryOptions>("reservations that expire", ExpireReservations.Due, keep: _ => TimeSpan.Zero, pause: ExpireReservations.Pause, atOnce: 100);
builder.AddSweeper<InventoryDb, InventoryOptions>("ended reservations", ForgetReservations.EndedBefore, keep: options => options.EndedReservationsKept);
builder.AddMessaging<InventoryDb>(events => events
    .On<ProductChanged>(FollowCatalogue.Handle)
    .On<OrderPlaced>(ReserveStock.WhenPlaced)
    .On<PaymentFailed>(ReleaseStock.WhenUnpaid)
    .On<OrderRejected>(ReleaseStock.WhenRejected)
    .On<OrderCancelled>(ReleaseStock.WhenCancelled)
    .On<OrderCompleted>(SellStock.Handle)
    .Finally(StockRoom.CarryOut));

var app = builder.Build();
app.UseServiceDefaults();

var reservations = app.MapGroup("/reservations").WithTags("Reservations").OnlyFor(Role.Service);
reservations.MapReserveStock();
reservations.MapReleaseStock();
app.MapGroup("/reservations").WithTags("Reservations").OnlyFor(Role.Service, Role.Operator).MapGetReservation();

var stock = app.MapGroup("/stock").WithTags("Stock").OnlyFor(Role.Operator);
stock.MapReadStock();
stock.MapAdjustStock();

app.MapAudit();
app.MapDeadLetters().OnlyFor(Role.Operator);
await app.RunServiceAsync();
