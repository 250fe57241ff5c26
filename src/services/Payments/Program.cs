using Kampung.Messaging;
using Kampung.Payments;
using Kampung.Payments.Provider;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("payment-service");
builder.AddDatabase<PaymentsDb>();
builder.AddMessaging<PaymentsDb>();
builder.Services.Configure<PaymentOptions>(builder.Configuration.GetSection("Payments"));
builder.Services.Configure<SandboxOptions>(builder.Configuration.GetSection("Sandbox"));
builder.Services.AddSingleton<IPaymentProvider, SandboxProvider>();
builder.Services.AddScoped<Settlement>();
builder.Services.AddHostedService<SettlePending>();

var app = builder.Build();
app.UseServiceDefaults();

var payments = app.MapGroup("/payments").WithTags("Payments");
payments.MapTakePayment();
payments.MapCancelPayment();
payments.MapRefundPayment();
payments.MapListPayments();

await app.RunServiceAsync();
