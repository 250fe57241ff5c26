using Kampung.Testing;
using LibGit2Sharp;

namespace Kampung.AppHost.Tests;

public sealed class ConfigRepositoryTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    string Source => folder["config"];
    string Target => folder["data/config"];

    public ConfigRepositoryTests()
    {
        Directory.CreateDirectory(Path.Combine(Source, "nested"));
        Write(Source, "application.yml", "a: 1");
        Write(Source, "order-service.yml", "b: 1");
        Write(Source, "nested/extra.yml", "c: 1");
        ConfigRepository.Update(Source, Target).ShouldBeEmpty();
    }

    [Fact]
    public void The_first_start_commits_a_copy_as_Kampung()
    {
        using var repository = new LibGit2Sharp.Repository(Target);
        repository.Head.FriendlyName.ShouldBe("main");
        repository.Head.Tip.Author.Name.ShouldBe("Kampung");
        Committed("nested/extra.yml").ShouldBe("c: 1");
        repository.RetrieveStatus().IsDirty.ShouldBeFalse();
    }

    [Fact]
    public void A_start_without_changes_commits_nothing()
    {
        ConfigRepository.Update(Source, Target).ShouldBeEmpty();
        using var repository = new LibGit2Sharp.Repository(Target);
        repository.Commits.Count().ShouldBe(1);
    }

    [Fact]
    public void Changes_of_the_source_are_taken_over_when_nobody_edited_the_file_here()
    {
        Write(Source, "application.yml", "a: 2");
        Write(Source, "new.yml", "d: 1");
        File.Delete(Path.Combine(Source, "nested/extra.yml"));
        ConfigRepository.Update(Source, Target).ShouldBeEmpty();
        Committed("application.yml").ShouldBe("a: 2");
        Committed("new.yml").ShouldBe("d: 1");
        Committed("nested/extra.yml").ShouldBeNull();
        Read("application.yml").ShouldBe("a: 2");
        File.Exists(Path.Combine(Target, "nested/extra.yml")).ShouldBeFalse();
        using var repository = new LibGit2Sharp.Repository(Target);
        repository.RetrieveStatus().IsDirty.ShouldBeFalse();
    }

    [Fact]
    public void A_file_that_was_edited_here_keeps_its_version_and_is_told()
    {
        Write(Target, "application.yml", "a: mine");
        Commit();
        Write(Target, "order-service.yml", "b: not committed yet");
        Write(Source, "application.yml", "a: 2");
        Write(Source, "order-service.yml", "b: 2");
        Write(Source, "nested/extra.yml", "c: 2");

        ConfigRepository.Update(Source, Target).ShouldBe(["application.yml", "order-service.yml"], ignoreOrder: true);

        Committed("application.yml").ShouldBe("a: mine");
        Committed("order-service.yml").ShouldBe("b: 1");
        Read("order-service.yml").ShouldBe("b: not committed yet");
        Committed("nested/extra.yml").ShouldBe("c: 2");
        // Told once, not at every start.
        ConfigRepository.Update(Source, Target).ShouldBeEmpty();
    }

    static void Write(string folder, string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);

    string Read(string file) => File.ReadAllText(Path.Combine(Target, file));

    string? Committed(string file)
    {
        using var repository = new LibGit2Sharp.Repository(Target);
        return (repository.Head.Tip[file]?.Target as Blob)?.GetContentText();
    }

    void Commit()
    {
        using var repository = new LibGit2Sharp.Repository(Target);
        Commands.Stage(repository, "*");
        var me = new Signature("Siti", "siti@example.com", DateTimeOffset.Now);
        repository.Commit("Mine", me, me);
    }

    public void Dispose()
    {
        // git's objects are read-only files, which Windows does not delete.
        foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)) File.SetAttributes(file, FileAttributes.Normal);
        folder.Dispose();
    }
}
