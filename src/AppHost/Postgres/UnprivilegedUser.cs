using System.Globalization;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost.Postgres;

/// <summary>
/// PostgreSQL refuses to run as root. When we are root, its programs run as the user <c>nobody</c>, with no more rights than it takes to reach its folders.
/// </summary>
public sealed class UnprivilegedUser
{
    readonly IReadOnlyList<string> prefix;

    UnprivilegedUser(int? id, IReadOnlyList<string> prefix, string how) => (Id, this.prefix, How) = (id, prefix, how);

    /// <summary>User and group id that the programs run under; null when it is our own.</summary>
    public int? Id { get; }

    /// <summary>For people: which way was taken.</summary>
    public string How { get; }

    public Command Wrap(Command command) =>
        prefix.Count == 0 ? command : command with { Program = prefix[0], Arguments = [.. prefix.Skip(1), command.Program, .. command.Arguments] };

    /// <summary>Tries the ways from the least right given to the most, and takes the first one that can run <paramref name="program"/> and open <paramref name="folder"/>.</summary>
    /// <exception cref="KampungException">We are root and no way works.</exception>
    public static async Task<UnprivilegedUser> FindAsync(string program, string folder)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return new UnprivilegedUser(null, [], "as the user who started it");
        foreach (var candidate in Candidates())
            if (await candidate.CanRunAsync(program, folder)) return candidate;
        throw new KampungException(
            "PostgreSQL does not run as root, and this system lets root start it as another user neither with setpriv nor in a user namespace: " +
            "start Kampung as an ordinary user, or give your own PostgreSQL with --external postgres=CONNECTION.");
    }

    static IEnumerable<UnprivilegedUser> Candidates()
    {
        if (Nobody() is { } nobody && Programs.Find("setpriv") is { } setpriv)
        {
            string[] user = [setpriv, $"--reuid={nobody}", $"--regid={nobody}", "--clear-groups"];
            yield return new UnprivilegedUser(nobody, [.. user, "--bounding-set=-all", "--inh-caps=-all"], "as nobody");
            // A clone below a closed folder, such as /root: one capability to pass through it; the second one where the first is withheld (containers).
            // access(2), which initdb asks, heeds capabilities of another user than root only with the no_setuid_fixup bit.
            foreach (var capability in new[] { "dac_read_search", "dac_override" })
                yield return new UnprivilegedUser(nobody,
                    [.. user, "--securebits=+no_setuid_fixup", $"--bounding-set=-all,+{capability}", $"--inh-caps=-all,+{capability}", $"--ambient-caps=-all,+{capability}"],
                    $"as nobody with CAP_{capability.ToUpperInvariant()}");
        }
        // Root that is called nobody inside a namespace of its own: files stay root's.
        if (Programs.Find("unshare") is { } unshare)
            yield return new UnprivilegedUser(null, [unshare, "--user", $"--map-user={Nobody() ?? 65534}", $"--map-group={Nobody() ?? 65534}"], "in a user namespace");
    }

    async Task<bool> CanRunAsync(string program, string folder)
    {
        var probe = Path.Combine(folder, ".reach");
        Directory.CreateDirectory(probe);
        try
        {
            if (Id is { } id) Ownership.Change(probe, id);
            // The program must start under this user, and a file in the folder must be writable.
            return await ExitOf(Wrap(new Command(program, ["--version"]))) == 0
                && await ExitOf(Wrap(new Command("/bin/sh", ["-c", "echo > \"$0/probe\"", probe]))) == 0;
        }
        finally
        {
            Directory.Delete(probe, recursive: true);
        }
    }

    static Task<int> ExitOf(Command command) => ChildProcess.Start(command, _ => { }).Exited;

    // passwd(5): name:password:uid:gid:…
    static int? Nobody() =>
        File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(user => user[0] == "nobody") is { } nobody
            ? int.Parse(nobody[2], CultureInfo.InvariantCulture)
            : null;
}
