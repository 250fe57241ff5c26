using Kampung.Testing;
using LibGit2Sharp;

namespace Kampung.ServiceDefaults.Tests;

/// <summary>A git repository of configuration.</summary>
sealed class GitRepository : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly Repository repository;

    public GitRepository() => repository = new Repository(Repository.Init(folder.Path));

    public string Path => folder.Path;

    public void Commit(string file, string text)
    {
        File.WriteAllText(folder[file], text);
        Commands.Stage(repository, file);
        var author = new Signature("Test", "test@kampung.example", DateTimeOffset.UtcNow);
        repository.Commit("A change", author, author);
    }

    public void Dispose()
    {
        repository.Dispose();
        folder.Dispose();
    }
}
