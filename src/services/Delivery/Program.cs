using Kampung.Delivery;
using Kampung.Messaging;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("delivery-service");
builder.AddDatabase<DeliveryDb>();
builder.AddMessaging<DeliveryDb>(events => events
    .On<OrderPlaced>(CreateDelivery.Hear)
    .On<PaymentConfirmed>(ReleaseDelivery.Hear)
    .On<MealPrepared>(ReleaseDelivery.Hear)
    .On<OrderCancelRequested>(CancelDelivery.Hear)
    .On<OrderRejected>(CancelDelivery.Hear)
    .On<OrderCancelled>(CancelDelivery.Hear)
    .Finally(DeliveryDesk.CarryOut));
builder.AddDueWork<DeliveryDb, Ride>();
builder.Services.Configure<DeliveryOptions>(builder.Configuration.GetSection("Delivery"));
builder.Services.AddScoped<DeliveryDesk>();
builder.Services.AddHostedService<HireRiders>();
builder.AddSweeper<DeliveryDb, DeliveryOptions>("ended deliveries", ForgetDeliveries.EndedBefore, keep: options => options.DeliveriesKept, pause: options => options.Sweep);

var app = builder.Build();
app.UseServiceDefaults();

var deliveries = app.MapGroup("/deliveries").WithTags("Deliveries").OnlyFor(Role.Service);
deliveries.MapCreateDelivery();
deliveries.MapCancelDelivery();
deliveries.MapReassignDelivery();

var road = app.MapGroup("/deliveries").WithTags("Deliveries").OnlyFor(Role.Rider, Role.Operator);
road.MapListDeliveries();
road.MapPickUpDelivery();
road.MapCompleteDelivery();
road.MapFailDelivery();

app.MapGroup("/riders/me").WithTags("Riders").OnlyFor(Role.Rider).MapOwnDuty();
var riders = app.MapGroup("/riders").WithTags("Riders").OnlyFor(Role.Operator);
riders.MapListRiders();
riders.MapAddRider();
riders.MapSetDuty();

app.MapGroup("/audit").WithTags("Audit").OnlyFor(Role.Operator).MapAuditDeliveries();
app.MapDeadLetters().OnlyFor(Role.Operator);

await app.RunServiceAsync();
