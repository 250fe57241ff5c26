using Kampung.Messaging;
using Kampung.Payments;
using Kampung.Payments.Provider;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("payment-service");
builder.AddDatabase<PaymentsDb>();
builder.AddMessaging<PaymentsDb>(events => events
    .On<OrderPlaced>(ChargeOrder.WhenPlaced)
    .On<StockReserved>(ChargeOrder.WhenReserved)
    .On<OrderRejected>(CancelPayment.WhenRejected)
    .On<OrderCancelled>(CancelPayment.WhenCancelled)
    .Finally(Cashier.CarryOut)
    .Committed(services => services.GetRequiredService<PaymentsDue>().Set()));
builder.Services.Configure<PaymentOptions>(builder.Configuration.GetSection("Payments"));
builder.Services.Configure<SandboxOptions>(builder.Configuration.GetSection("Sandbox"));
builder.Services.AddSingleton<IPaymentProvider, SandboxProvider>();
builder.Services.AddScoped<Settlement>();
builder.Services.AddScoped<Cashier>();
builder.Services.AddSingleton<PaymentsDue>();
builder.Services.AddHostedService<SettlePending>();
builder.AddSweeper<PaymentsDb, PaymentOptions>("awaited orders", ForgetAwaitedOrders.HeardBefore, keep: options => options.AwaitedOrdersKept);

var app = builder.Build();
app.UseServiceDefaults();

var payments = app.MapGroup("/payments").WithTags("Payments").OnlyFor(Role.Service);
payments.MapTakePayment();
payments.MapCancelPayment();
payments.MapRefundPayment();
app.MapGroup("/payments").WithTags("Payments").OnlyFor(Role.Customer, Role.Operator).MapListPayments();

app.MapAudit();
app.MapDeadLetters().OnlyFor(Role.Operator);

await app.RunServiceAsync();
