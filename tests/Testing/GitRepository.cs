using LibGit2Sharp;

namespace Kampung.Testing;

/// <summary>A git repository of a test's own, deleted at the end.</summary>
public sealed class GitRepository : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly Repository repository;

    public GitRepository() => repository = new Repository(Repository.Init(folder.Path));

    public string Path => folder.Path;

    /// <returns>The commit's id.</returns>
    public string Commit(string file, string text)
    {
        File.WriteAllText(folder[file], text);
        Commands.Stage(repository, file);
        var author = new Signature("Test", "test@kampung.example", DateTimeOffset.UtcNow);
        return repository.Commit("A change", author, author).Sha;
    }

    public void Branch(string name) => repository.CreateBranch(name);

    public void Tag(string name) => repository.ApplyTag(name);

    public void Dispose()
    {
        repository.Dispose();
        folder.Dispose();
    }
}
