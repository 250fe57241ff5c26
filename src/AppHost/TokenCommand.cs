namespace Kampung.AppHost;

/// <summary>The verb <c>token</c>: writes an access token to standard output, for <c>curl -H "Authorization: Bearer …"</c>.</summary>
public static class TokenCommand
{
    /// <param name="account">An account's e-mail address or id, or the role of a demo user; null: an operator that is nobody's account.</param>
    /// <exception cref="KampungException">The village does not run, or there is no such account.</exception>
    public static async Task<int> RunAsync(DataFolder data, string? account, CancellationToken stop)
    {
        var (control, _) = await ControlClient.ConnectAsync(data, stop);
        using var closing = control;
        using var tokens = new VillageTokens(control);
        var demo = DemoUser.Read(data).FirstOrDefault(user => user.Role.Equals(account, StringComparison.OrdinalIgnoreCase));
        try
        {
            Console.WriteLine(account is null ? await tokens.OperatorAsync(stop) : await tokens.OfAsync(demo?.Email ?? account, stop));
        }
        catch (HttpRequestException e)
        {
            throw new KampungException($"identity-service does not answer: {e.Message}", e);
        }
        return 0;
    }
}
