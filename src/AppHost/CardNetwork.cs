namespace Kampung.AppHost;

/// <summary>
/// How the sandbox's card network does, set on purpose: a file of its own for the profile of this machine, committed to the village's configuration, so that it
/// reaches payment-service as any setting does, and git tells who broke it when.
/// </summary>
public static class CardNetwork
{
    // The profile that processes in the environment Development ask for.
    const string File = "payment-service-dev.yml";
    const string Up = "up";

    public static IReadOnlyList<string> States { get; } = [Up, "slow", "down"];

    public static string Read(DataFolder data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var text = ConfigRepository.Committed(data.Config, File);
        return States.FirstOrDefault(state => text == Text(state)) ?? Up;
    }

    public static void Set(DataFolder data, string state)
    {
        ArgumentNullException.ThrowIfNull(data);
        ConfigRepository.Commit(data.Config, File, state == Up ? null : Text(state), $"Card network: {state}");
    }

    static string Text(string state) => $"Sandbox: {{ Network: {state} }}\n";
}
