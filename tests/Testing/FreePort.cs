namespace Kampung.Testing;

/// <summary>Free TCP ports on 127.0.0.1.</summary>
public static class FreePort
{
    public static int Next() => AppHost.FreePort.Next();
}
