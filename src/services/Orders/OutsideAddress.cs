namespace Kampung.Orders;

static class OutsideAddress
{
    /// <summary>A path of ours as the caller sees it: behind the gateway, which says so in <c>X-Forwarded-Prefix</c>, it begins with <c>/api</c>.</summary>
    public static string Outside(this HttpContext http, string path) => http.Request.Headers["X-Forwarded-Prefix"].ToString().TrimEnd('/') + path;
}
