using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;

namespace Kampung.Identity.Accounts;

static class AccountExtensions
{
    /// <summary>Accounts, passwords and the session of the browser (a cookie).</summary>
    public static void AddAccounts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var options = builder.Configuration.GetSection(IssuerOptions.Section).Get<IssuerOptions>() ?? new();
        services.AddIdentityCore<Account>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            identity.User.AllowedUserNameCharacters = "";
            // Length is what helps; rules about digits and signs do not (NIST SP 800-63B, 3.1.1.2).
            identity.Password.RequiredLength = 10;
            identity.Password.RequiredUniqueChars = 4;
            identity.Password.RequireDigit = identity.Password.RequireLowercase = identity.Password.RequireUppercase = identity.Password.RequireNonAlphanumeric = false;
        })
            .AddEntityFrameworkStores<IdentityDb>()
            .AddSignInManager()
            .AddTokenProvider<DataProtectorTokenProvider<Account>>(TokenOptions.DefaultProvider);
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = options.PasswordIterations);
        services.Configure<DataProtectionTokenProviderOptions>(link => link.TokenLifespan = options.ResetLinkLifetime);
        // A session ends this long after its account got a new password elsewhere.
        services.Configure<SecurityStampValidatorOptions>(stamp => stamp.ValidationInterval = TimeSpan.FromSeconds(30));
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(cookie =>
        {
            cookie.Cookie.Name = "kampung-session";
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.LoginPath = "/sign-in";
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
            cookie.Events.OnSigningIn = OpenId.Sessions.Begin;
        });
        services.AddAuthorization();
        services.AddAntiforgery(form =>
        {
            form.Cookie.Name = "kampung-form";
            form.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            form.FormFieldName = Pages.WebPage.AntiforgeryField;
        });
        services.AddDataProtection().SetApplicationName("kampung-identity").PersistKeysToDbContext<IdentityDb>();
        services.AddScoped<SignInGuard>();
        builder.AddSweeper<IdentityDb, IssuerOptions>("counts of wrong passwords", SignInGuard.ForgetOldAsync, keep: _ => TimeSpan.FromHours(1));
    }
}
