namespace Kampung.Architecture.Tests;

/// <summary>Who may import whom: the lines that keep a service replaceable and an order readable.</summary>
public sealed class ImportRules
{
    [Fact]
    public void A_service_imports_shared_and_nothing_else() => EachProjectUnder("src/services").MayImportOnly("src/shared/");

    [Fact]
    public void The_platform_imports_shared_at_most() => EachProjectUnder("src/platform").MayImportOnly("src/shared/");

    [Fact]
    public void The_Broker_stands_alone() => EachProjectUnder("src/platform/Broker").MayImportOnly();

    [Fact]
    public void Messaging_imports_none_of_our_projects() => EachProjectUnder("src/shared/Messaging").MayImportOnly();

    [Fact]
    public void ServiceDefaults_imports_none_of_our_projects() => EachProjectUnder("src/shared/ServiceDefaults").MayImportOnly();

    [Fact]
    public void AppHost_starts_processes_and_imports_no_code_of_theirs() => EachProjectUnder("src/AppHost").MayImportOnly();

    [Fact]
    public void Messaging_knows_no_service_and_no_event()
    {
        string[] names = ["order-service", "payment-service", "product-service", "customer-service", "notification-service", "OrderPlaced", "PaymentConfirmed"];
        var found = from file in Repository.SourceFiles("src/shared/Messaging")
                    from line in File.ReadLines(file)
                    where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    from name in names
                    where line.Contains(name, StringComparison.Ordinal)
                    select $"{Repository.Relative(file)}: {line.Trim()}";

        found.ShouldBeEmpty();
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Kampung.slnx"));
        string[] folders = ["src", "tests", "bench"];
        folders.SelectMany(Repository.Projects).Select(project => project.Path)
            .Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    static IReadOnlyList<Project> EachProjectUnder(string folder)
    {
        var projects = Repository.Projects(folder);
        projects.ShouldNotBeEmpty();
        return projects;
    }
}

static class ProjectRules
{
    public static void MayImportOnly(this IEnumerable<Project> projects, params string[] folders) =>
        (from project in projects
         from reference in project.References
         where !folders.Any(folder => reference.StartsWith(folder, StringComparison.Ordinal))
         select $"{project.Path} imports {reference}").ShouldBeEmpty();
}
