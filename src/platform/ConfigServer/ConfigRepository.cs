using System.Diagnostics.CodeAnalysis;
using System.Text;
using LibGit2Sharp;
using Microsoft.Extensions.Options;

namespace Kampung.ConfigServer;

/// <summary>
/// Reads committed configuration out of git's object database. A commit with a file that cannot be read is passed over: the newest good one before it
/// stays in use, and the complaint names the file and line. While the repository itself cannot be read, what was read last is served.
/// </summary>
sealed class ConfigRepository(IOptions<ConfigServerOptions> options, ILogger<ConfigRepository> log) : IDisposable
{
    const int CommitsTried = 100;
    const long MaxFileBytes = 1024 * 1024;

    readonly Lock gate = new();
    readonly Dictionary<string, ConfigCommit> served = []; // by label
    (string Sha, IReadOnlyDictionary<string, ConfigChange> Files) lastChanges = ("", new Dictionary<string, ConfigChange>());
    Repository? repository;
    bool away;

    /// <summary>What <paramref name="label"/> (a branch, tag or commit; null: the default) has; null if there is no such label.</summary>
    /// <exception cref="ConfigFileException">No commit of the label can be read.</exception>
    /// <exception cref="LibGit2SharpException">There is no repository, and none was read before.</exception>
    public ConfigCommit? Read(string? label)
    {
        lock (gate)
        {
            var name = label ?? options.Value.DefaultLabel ?? "";
            try
            {
                if (Open() is not { } git || Find(git, name) is not { } found) return null;
                away = false;
                return served[name] = Newest(found.Label, found.Commit, served.GetValueOrDefault(name));
            }
            catch (LibGit2SharpException e) when (served.TryGetValue(name, out var last))
            {
                Close();
                if (!away) log.LogError("The repository cannot be read, what was read last is served: {Reason}", e.Message);
                away = true;
                return last with { Complaint = $"The repository cannot be read: {e.Message}" };
            }
            catch (LibGit2SharpException)
            {
                Close();
                throw;
            }
        }
    }

    /// <summary>What led to the default label's newest commit, that first.</summary>
    /// <exception cref="LibGit2SharpException">There is no repository.</exception>
    public IReadOnlyList<ConfigChange> History(int atMost)
    {
        lock (gate)
        {
            var git = Open();
            return Find(git, options.Value.DefaultLabel ?? "") is not { } found ? [] :
            [
                .. FirstParents(found.Commit).Take(atMost).Select(commit => Change(git, commit)),
            ];
        }
    }

    /// <summary>The commit that each file which is served was last changed by.</summary>
    /// <exception cref="ConfigFileException">No commit can be read.</exception>
    /// <exception cref="LibGit2SharpException">There is no repository.</exception>
    public IReadOnlyDictionary<string, ConfigChange> LastChanges()
    {
        lock (gate)
        {
            if (Read(null) is not { } now) return new Dictionary<string, ConfigChange>();
            if (lastChanges.Sha == now.Sha) return lastChanges.Files;
            var git = Open();
            var files = new Dictionary<string, ConfigChange>();
            foreach (var commit in FirstParents(git.Lookup<Commit>(now.Sha)))
            {
                var before = commit.Parents.FirstOrDefault()?.Tree;
                foreach (var file in now.Files.Keys)
                    if (!files.ContainsKey(file) && before?[file]?.Target.Id != commit.Tree[file]?.Target.Id) files[file] = Change(git, commit);
                if (files.Count == now.Files.Count) break;
            }
            lastChanges = (now.Sha, files);
            return files;
        }
    }

    static ConfigChange Change(Repository git, Commit commit) => new(
        commit.Sha, commit.Author.When, commit.Author.Name, commit.MessageShort,
        [.. git.Diff.Compare<TreeChanges>(commit.Parents.FirstOrDefault()?.Tree, commit.Tree).Select(change => change.Path)]);

    public void Dispose() => Close();

    Repository Open()
    {
        if (repository is not null) return repository;
        // The repository is named by whoever runs this process; that its files may belong to someone else (root in a container) is no danger here.
        GlobalSettings.SetOwnerValidation(false);
        return repository = new Repository(options.Value.Repository ?? throw new InvalidOperationException("ConfigServer:Repository is not set."));
    }

    void Close()
    {
        repository?.Dispose();
        repository = null;
    }

    static (string Label, Commit Commit)? Find(Repository git, string label)
    {
        if (label.Length == 0) return git.Head.Tip is { } tip ? (git.Head.FriendlyName, tip) : null;
        if (!Label.IsValid(label)) return null;
        var target = git.Refs[$"refs/heads/{label}"] ?? git.Refs[$"refs/tags/{label}"] ?? git.Refs[$"refs/remotes/origin/{label}"];
        var commit = target?.ResolveToDirectReference().Target?.Peel<Commit>() ?? (Label.IsSha(label) ? git.Lookup<Commit>(label) : null);
        return commit is null ? null : (label, commit);
    }

    ConfigCommit Newest(string label, Commit tip, ConfigCommit? last)
    {
        if (last?.Tip == tip.Sha) return last with { Label = label };
        ConfigFileException? complaint = null;
        foreach (var commit in FirstParents(tip).Take(CommitsTried))
        {
            if (last?.Sha == commit.Sha) return last with { Label = label, Tip = tip.Sha, Complaint = complaint?.Message };
            try
            {
                var read = new ConfigCommit(label, tip.Sha, commit.Sha, complaint?.Message, ReadFiles(commit));
                log.LogInformation("{Label} is served at {Commit}", label, commit.Sha);
                return read;
            }
            catch (ConfigFileException e)
            {
                complaint ??= e;
                log.LogError("Commit {Commit} is passed over: {Reason}", commit.Sha, e.Message);
            }
        }
        throw complaint!;
    }

    static IEnumerable<Commit> FirstParents(Commit tip)
    {
        for (var commit = tip; commit is not null; commit = commit.Parents.FirstOrDefault()) yield return commit;
    }

    static Dictionary<string, IReadOnlyList<ConfigPart>> ReadFiles(Commit commit)
    {
        var files = new Dictionary<string, IReadOnlyList<ConfigPart>>(StringComparer.Ordinal);
        foreach (var entry in commit.Tree)
        {
            if (entry.Mode is not (Mode.NonExecutableFile or Mode.ExecutableFile) || Reader(entry.Name) is not { } read) continue;
            var blob = (Blob)entry.Target;
            if (blob.Size > MaxFileBytes) throw new ConfigFileException(entry.Name, 1, $"the file has more than {MaxFileBytes} bytes");
            files[entry.Name] = read(entry.Name, blob.GetContentText(Encoding.UTF8));
        }
        return files;
    }

    static Func<string, string, IReadOnlyList<ConfigPart>>? Reader(string file) => Path.GetExtension(file) switch
    {
        ".yml" or ".yaml" => YamlFile.Read,
        ".properties" => PropertiesFile.Read,
        _ => null,
    };
}

/// <summary>A commit: when, by whom, why, and the files that it changed.</summary>
sealed record ConfigChange(string Id, DateTimeOffset At, string Author, string Message, IReadOnlyList<string> Files);

/// <summary>What may be asked for as a label: names of branches and tags and commit ids, nothing that git takes for an option, a path or an expression.</summary>
static class Label
{
    /// <summary>Spring's way of writing a slash in a label is <c>(_)</c>; some clients send it percent-encoded.</summary>
    [return: NotNullIfNotNull(nameof(label))]
    public static string? Decode(string? label) => label?.Replace("(_)", "/", StringComparison.Ordinal).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public static bool IsValid(string label) =>
        !label.StartsWith('-') && Reference.IsValidName("refs/heads/" + label) && !label.Split('/').Contains(".git", StringComparer.OrdinalIgnoreCase);

    public static bool IsSha(string label) => label.Length is >= 7 and <= 40 && label.All(char.IsAsciiHexDigitLower);
}
