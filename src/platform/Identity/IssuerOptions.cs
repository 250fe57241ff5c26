namespace Kampung.Identity;

/// <summary>The section <c>Identity</c>; read at start.</summary>
public sealed class IssuerOptions
{
    public const string Section = "Identity";

    /// <summary>The public address, which is the <c>iss</c> of every token: the gateway's <c>/identity</c>. What Host or X-Forwarded-* say is never asked.</summary>
    public Uri Issuer { get; set; } = new("http://127.0.0.1:8080/identity");

    /// <summary>Folder of what must stay secret, with the mode 0700: the master key, and what is derived from it for others to read.</summary>
    public string Keys { get; set; } = "identity-keys";

    /// <summary>32 random bytes in Base64, for instances that share no folder; otherwise they are made at the first start and kept in <see cref="Keys"/>.</summary>
    public string? MasterKey { get; set; }

    /// <summary>One user a role, in the environment Development only.</summary>
    public bool DemoUsers { get; set; }

    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>So long after its first use a refresh token may be used again: two tabs of a browser refresh at the same moment. Later, it was stolen.</summary>
    public TimeSpan RefreshTokenReuseLeeway { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a link to a new password can be used.</summary>
    public TimeSpan ResetLinkLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>An address is sent no second link within this time.</summary>
    public TimeSpan ResetLinkPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Rounds of PBKDF2 with SHA-512 for a password; OWASP's figure.</summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>How many wrong passwords for an e-mail address stop it.</summary>
    public int MaxFailures { get; set; } = 5;

    /// <summary>How long it is stopped, and how long a failure counts.</summary>
    public TimeSpan LockOut { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a key signs.</summary>
    public TimeSpan KeyLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long a new key is in the key set before it signs: longer than anybody keeps a copy of the key set.</summary>
    public TimeSpan KeyAnnouncement { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often an instance looks for keys that another one made.</summary>
    public TimeSpan KeyPoll { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Where the web app <c>kampung-web</c> may be sent back to; a path is one of the issuer's origin.</summary>
    public string[] WebRedirectUris { get; set; } = ["/callback", "/silent-callback"];

    public string[] WebPostLogoutRedirectUris { get; set; } = ["/"];

    /// <summary>Client secrets by service, for those that are not to be derived from the master key.</summary>
    public Dictionary<string, string> ClientSecrets { get; set; } = [];

    /// <summary>An address of ours: <c>/identity/sign-in</c> is <c>Address("sign-in")</c>.</summary>
    public Uri Address(string path) => new($"{Issuer.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>On one machine, for whoever looks around: nothing to protect, and nobody else to protect it from.</summary>
    internal bool IsForShow(IHostEnvironment environment) => DemoUsers && environment.IsDevelopment();

    internal IEnumerable<Uri> Resolve(IEnumerable<string> addresses) => addresses.Select(address => new Uri(Issuer, address));
}

/// <summary>With these settings there is nothing to be started; the message says what is wrong and what helps.</summary>
#pragma warning disable CA1032 // it always says why
public sealed class UnusableSettingsException(string message, Exception? inner = null) : Exception(message, inner);
#pragma warning restore CA1032
