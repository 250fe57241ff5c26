using LibGit2Sharp;

namespace Kampung.AppHost;

/// <summary>
/// The village's configuration as a git repository in its data folder, which the config server serves and a person may commit to.
/// It begins as a copy of <c>config/</c>; later changes there are taken over file by file, except for files that were edited here.
/// </summary>
public static class ConfigRepository
{
    // What config/ was when it was last taken over: the base that tells our changes from theirs.
    const string SourceBranch = "source";
    const string Branch = "main";

    /// <returns>Files that changed in <c>config/</c> but keep the version edited in the repository.</returns>
    public static IReadOnlyList<string> Update(string source, string path)
    {
        if (!LibGit2Sharp.Repository.IsValid(path)) Create(path);
        using var repository = new LibGit2Sharp.Repository(path);
        var incoming = repository.ObjectDatabase.CreateTree(Read(repository, source));
        var before = repository.Branches[SourceBranch]?.Tip;
        if (before?.Tree.Id == incoming.Id) return [];

        var (current, kept, fresh, gone) = (new TreeDefinition(), new List<string>(), new List<string>(), new List<string>());
        if (repository.Head.Tip is { } tip) current = TreeDefinition.From(tip);
        foreach (var change in repository.Diff.Compare<TreeChanges>(before?.Tree, incoming, new CompareOptions { Similarity = SimilarityOptions.None }))
        {
            if (IsEdited(repository, change.Path, before?.Tree)) kept.Add(change.Path);
            else if (change.Status == ChangeKind.Deleted) gone.Add(change.Path);
            else fresh.Add(change.Path);
        }
        foreach (var file in gone) current.Remove(file);
        foreach (var file in fresh) current.Add(file, (Blob)incoming[file].Target, Mode.NonExecutableFile);
        if (before is null || fresh.Count + gone.Count > 0)
        {
            var message = before is null ? "The village's configuration" : "Take over changes of config/";
            Commit[] parents = repository.Head.Tip is { } parent ? [parent] : [];
            var commit = repository.ObjectDatabase.CreateCommit(Kampung, Kampung, message, repository.ObjectDatabase.CreateTree(current), parents, prettifyMessage: true);
            if (parents.Length == 0) repository.Refs.Add($"refs/heads/{Branch}", commit.Id);
            // The branch and the index move; of the files lying there only those that were taken over, so that edits not committed yet stay.
            repository.Reset(ResetMode.Mixed, commit);
            if (fresh.Count > 0) repository.CheckoutPaths(commit.Sha, fresh, new CheckoutOptions { CheckoutModifiers = CheckoutModifiers.Force });
            foreach (var file in gone) File.Delete(Path.Combine(path, file));
        }
        var taken = repository.ObjectDatabase.CreateCommit(Kampung, Kampung, "config/ as it was taken over", incoming, before is null ? [] : [before], prettifyMessage: true);
        repository.Refs.Add($"refs/heads/{SourceBranch}", taken.Id, allowOverwrite: true);
        return kept;
    }

    /// <summary>Commits one file, or that it is gone (null); what else lies there uncommitted stays so.</summary>
    public static void Commit(string path, string file, string? text, string message)
    {
        using var repository = new LibGit2Sharp.Repository(path);
        var tip = repository.Head.Tip;
        var tree = TreeDefinition.From(tip);
        if (text is null) tree.Remove(file);
        else tree.Add(file, repository.ObjectDatabase.CreateBlob(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))), Mode.NonExecutableFile);
        var changed = repository.ObjectDatabase.CreateTree(tree);
        if (changed.Id == tip.Tree.Id) return;
        repository.Reset(ResetMode.Mixed, repository.ObjectDatabase.CreateCommit(Kampung, Kampung, message, changed, [tip], prettifyMessage: true));
        if (text is null) File.Delete(Path.Combine(path, file));
        else File.WriteAllText(Path.Combine(path, file), text);
    }

    /// <summary>A file as it is committed; null when there is none.</summary>
    public static string? Committed(string path, string file)
    {
        using var repository = new LibGit2Sharp.Repository(path);
        return (repository.Head.Tip[file]?.Target as Blob)?.GetContentText();
    }

    static Signature Kampung => new("Kampung", "kampung@localhost", DateTimeOffset.Now);

    static void Create(string path)
    {
        LibGit2Sharp.Repository.Init(path);
        using var repository = new LibGit2Sharp.Repository(path);
        repository.Refs.Add("HEAD", $"refs/heads/{Branch}", allowOverwrite: true);
    }

    static TreeDefinition Read(LibGit2Sharp.Repository repository, string source)
    {
        var tree = new TreeDefinition();
        if (!Directory.Exists(source)) return tree;
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            tree.Add(Path.GetRelativePath(source, file).Replace('\\', '/'), repository.ObjectDatabase.CreateBlob(file), Mode.NonExecutableFile);
        return tree;
    }

    // Edited: the committed version, or the file lying there, is not the one that config/ had.
    static bool IsEdited(LibGit2Sharp.Repository repository, string path, Tree? before)
    {
        if (repository.Head.Tip is not { } tip) return false;
        var original = before?[path]?.Target.Id;
        return tip[path]?.Target.Id != original || repository.RetrieveStatus(path) is not (FileStatus.Unaltered or FileStatus.Nonexistent);
    }
}
