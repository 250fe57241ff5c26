using System.Xml.Linq;

namespace Kampung.Architecture.Tests;

/// <summary>The source tree that these tests were built from, read as text.</summary>
static class Repository
{
    public static readonly string Root = FindRoot();

    public static IReadOnlyList<Project> Projects(string under) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, under), "*.csproj", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("node_modules"))
            .Select(Project.Read)];

    public static IEnumerable<string> SourceFiles(string under, string pattern = "*.cs") =>
        Directory.EnumerateFiles(Path.Combine(Root, under), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "node_modules" or "obj" or "bin" or "Migrations"));

    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Kampung.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Kampung.slnx is in no folder above the tests.");
        return folder;
    }
}

/// <summary>What one project file says about what the project builds on.</summary>
sealed record Project(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    public static Project Read(string file)
    {
        var xml = XDocument.Load(file);
        var folder = System.IO.Path.GetDirectoryName(file)!;
        return new(
            Repository.Relative(file),
            [.. Includes(xml, "ProjectReference").Select(path => Repository.Relative(System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, path))))],
            [.. Includes(xml, "PackageReference")]);
    }

    static IEnumerable<string> Includes(XDocument xml, string element) =>
        xml.Descendants(element).Select(item => item.Attribute("Include")?.Value ?? "").Where(value => value != "");
}
