using System.Net;
using System.Net.Sockets;

namespace Kampung.Gateway;

/// <summary>
/// Whose <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c> are believed: proxies of <c>Gateway:TrustedProxies</c> that stand before the gateway, and nobody else.
/// The client is the last address that no such proxy has; what stands before it anybody may have written.
/// </summary>
sealed class TrustedProxies(RouteTable table)
{
    volatile Known last = new("", []);

    sealed record Known(string Of, IPNetwork[] Networks);

    public Task Believe(HttpContext http, RequestDelegate next)
    {
        var networks = Networks();
        if (networks.Length > 0 && IsTrusted(http.Connection.RemoteIpAddress, networks)) Take(http, networks);
        return next(http);
    }

    /// <summary>Whether it is one of them.</summary>
    public bool Contain(IPAddress address) => IsTrusted(address, Networks());

    public static IEnumerable<string> Mistakes(string setting) =>
        NetworksOf(setting).Contains(null) ? [$"Gateway:TrustedProxies: {setting} must be addresses or networks such as 10.0.0.7 or 10.0.0.0/8, with blanks between them"] : [];

    IPNetwork[] Networks()
    {
        var setting = table.Settings.TrustedProxies;
        var known = last;
        if (known.Of != setting) last = known = new(setting, [.. NetworksOf(setting).OfType<IPNetwork>()]);
        return known.Networks;
    }

    static void Take(HttpContext http, IPNetwork[] networks)
    {
        var headers = http.Request.Headers;
        foreach (var text in headers.GetCommaSeparatedValues("X-Forwarded-For").Reverse())
        {
            if (!IPAddress.TryParse(text, out var address)) break;
            http.Connection.RemoteIpAddress = address;
            if (!IsTrusted(address, networks)) break;
        }
        if (headers.GetCommaSeparatedValues("X-Forwarded-Proto") is [.., "https" or "http"] schemes) http.Request.Scheme = schemes[^1];
        if (headers.GetCommaSeparatedValues("X-Forwarded-Host") is [.., var host] && Uri.TryCreate($"http://{host}", UriKind.Absolute, out var uri)
            && uri.Authority.Equals(host, StringComparison.OrdinalIgnoreCase))
            http.Request.Host = new HostString(host);
    }

    static bool IsTrusted(IPAddress? address, IPNetwork[] networks)
    {
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        return address is not null && networks.Any(network => network.Contains(address));
    }

    static IEnumerable<IPNetwork?> NetworksOf(string setting) => setting.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(NetworkOf);

    static IPNetwork? NetworkOf(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
        : null;
}
