using Kampung.Customers;
using Kampung.Customers.Postgres;
using Kampung.Messaging;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("customer-service");
builder.AddDatabase<CustomersDb>();
builder.AddMessaging<CustomersDb>(events => events.On<AccountRegistered>(WelcomeAccount.Handle));
builder.Services.AddScoped<ICustomerStore, PostgresCustomerStore>();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDeadLetters().OnlyFor(Role.Operator);

var me = app.MapGroup("/customers").OnlyFor(Role.People);
me.MapRegisterCustomer();
me.MapGetMe();
me.MapChangeCustomer();
me.MapDeleteCustomer();
app.MapGroup("/customers").OnlyFor([.. Role.People, Role.Service]).MapGetCustomer();
app.MapGroup("/customers").OnlyFor(Role.Operator).MapListCustomers();

await app.RunServiceAsync();
