namespace Kampung.AppHost;

/// <summary>The clone that this build belongs to, and the places in it.</summary>
public sealed record Repository(string Root)
{
    /// <summary>Finds the clone by walking up from the folder of this assembly to <c>Kampung.slnx</c>.</summary>
    public static Repository Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kampung.slnx"))) return new Repository(folder.FullName);
        throw new KampungException($"Kampung.slnx was not found in a parent folder of {AppContext.BaseDirectory}: run Kampung from a clone of its repository.");
    }

    /// <summary>npm packages that hold PostgreSQL's binaries.</summary>
    public string Npm => Path.Combine(Root, "src", "AppHost", "npm");

    /// <summary>The web app's source.</summary>
    public string Web => Path.Combine(Root, "web");

    /// <summary>What the gateway serves of it.</summary>
    public string BuiltWeb => Path.Combine(Root, "artifacts", "web");

    /// <summary>The build output of a project, in the same configuration (debug or release) as this process.</summary>
    public string Assembly(string project) => Path.Combine(Root, "artifacts", "bin", project, Configuration, $"Kampung.{project}.dll");

    public static string Configuration { get; } =
#if DEBUG
        "debug";
#else
        "release";
#endif
}
