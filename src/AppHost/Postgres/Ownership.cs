using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Kampung.AppHost.Postgres;

static partial class Ownership
{
    /// <summary>Gives a file or folder to another user and the group of the same number.</summary>
    public static void Change(string path, int user)
    {
        if (ChangeOwner(path, (uint)user, (uint)user) != 0)
            throw new KampungException($"{path} could not be given to the user {user}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
