using Kampung.Identity;
using Kampung.Identity.Accounts;
using Kampung.Identity.Keys;
using Kampung.Identity.OpenId;
using Kampung.Identity.Pages;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Identity;

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
app.UseServiceDefaults(beforeRouting: requests =>
{
    requests.UsePublicAddress();
    requests.UseFormLimits();
});
app.UseAntiforgery();

// Anybody may open the pages; who has signed in is told by a cookie, not by a token.
var open = app.MapGroup("").RequireAuthorization(policy => policy.AddAuthenticationSchemes(IdentityConstants.ApplicationScheme).RequireAssertion(_ => true));
open.MapAuthorize();
open.MapExchange();
open.MapEndSession();

open.MapSignIn();
open.MapRegister();
open.MapForgottenPassword();
open.MapResetPassword();
open.MapStyle();

var accounts = app.MapGroup("/accounts").WithTags("Accounts").OnlyFor(Role.Operator);
accounts.MapListAccounts();
accounts.MapCreateAccount();
accounts.MapSetRoles();

app.MapGroup("/keys").WithTags("Keys").OnlyFor(Role.Operator).MapKeys();
app.MapDeadLetters().OnlyFor(Role.Operator);
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
