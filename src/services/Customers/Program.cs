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
app.MapDeadLetters();

var customers = app.MapGroup("/customers");
customers.MapRegisterCustomer();
customers.MapGetCustomer();
customers.MapListCustomers();
customers.MapChangeCustomer();
customers.MapDeleteCustomer();

await app.RunServiceAsync();
