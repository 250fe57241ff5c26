using Kampung.Identity;
using Kampung.Identity.Accounts;
using Kampung.Identity.Keys;
using Kampung.Identity.OpenId;
using Kampung.Identity.Pages;
using Kampung.Messaging;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("identity-service");
builder.AddDatabase<IdentityDb>();
builder.AddMessaging<IdentityDb>(events => events.On<CustomerDeleted>(ForgetAccount.Handle));
builder.Services.Configure<IssuerOptions>(builder.Configuration.GetSection(IssuerOptions.Section));
builder.AddKeys();
builder.AddAccounts();
builder.AddOpenId();
builder.Services.AddScoped<DemoUsers>().AddScoped<WebPage>().AddHostedService<FirstStart>();

var app = builder.Build();
app.UseServiceDefaults();
app.UsePublicAddress();
app.UseFormLimits();
app.UseRouting();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgery();

app.MapAuthorize();
app.MapExchange();
app.MapEndSession();

app.MapSignIn();
app.MapRegister();
app.MapForgottenPassword();
app.MapResetPassword();
app.MapStyle();

app.MapKeys();
app.MapDeadLetters();
try
{
    await app.RunServiceAsync();
    return 0;
}
catch (UnusableSettingsException e)
{
    // A process that ends at once may take the last lines of its log with it.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
