using Kampung.Kitchen;
using Kampung.Messaging;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("kitchen-service");
builder.AddDatabase<KitchenDb>();
builder.AddMessaging<KitchenDb>(events => events
    .On<OrderPlaced>(TakeTickets.Hear)
    .On<PaymentConfirmed>(StartCooking.Hear)
    .On<OrderRejected>(CancelTickets.Hear)
    .On<OrderCancelled>(CancelTickets.Hear)
    .Finally(TicketDesk.CarryOut));
builder.AddDueWork<KitchenDb, Cook>();
builder.Services.Configure<KitchenOptions>(builder.Configuration.GetSection("Kitchen"));
builder.Services.AddSingleton<Stations>();
builder.Services.AddScoped<TicketDesk>();
builder.AddSweeper<KitchenDb, KitchenOptions>("ended orders", ForgetOrders.EndedBefore, keep: options => options.OrdersKept, pause: options => options.Sweep);

var app = builder.Build();
app.UseServiceDefaults();

var tickets = app.MapGroup("/kitchen/tickets").WithTags("Tickets").OnlyFor(Role.Service);
tickets.MapTakeTickets();
tickets.MapCancelTickets();
tickets.MapNudgeTickets();
tickets.MapMoveTickets();

var cooks = app.MapGroup("/kitchen/tickets").WithTags("Tickets").OnlyFor(Role.Kitchen, Role.Merchant, Role.Operator);
cooks.MapListTickets();
cooks.MapFinishTicket();

var stations = app.MapGroup("/kitchen/stations").WithTags("Stations").OnlyFor(Role.Kitchen, Role.Merchant, Role.Operator);
stations.MapListStations();
stations.MapOpenStation();

app.MapGroup("/audit").WithTags("Audit").OnlyFor(Role.Operator).MapAuditTickets();
app.MapDeadLetters().OnlyFor(Role.Operator);

await app.RunServiceAsync();
