using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Kampung.Identity.Keys;

/// <summary>The one secret that all others are protected with or derived from. Without it a copy of the database is of no use.</summary>
public sealed class MasterKey(IOptions<IssuerOptions> options)
{
    const int Bytes = 32;
    const int NonceBytes = 12;
    const int TagBytes = 16;

    readonly Lazy<byte[]> master = new(() => ReadOrMake(options.Value));

    /// <summary>A key for one purpose (HKDF, RFC 5869), always the same; nothing can be learnt from it about the others.</summary>
    /// <exception cref="UnusableSettingsException">The configured key is not 32 bytes in Base64, or the file holds no such key.</exception>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, master.Value, Bytes, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>The secret of a client, as text.</summary>
    public string SecretOf(string client) => Base64Url.EncodeToString(Derive($"client {client}"));

    /// <summary>Encrypts with AES-256-GCM: nonce, tag, ciphertext.</summary>
    public byte[] Protect(ReadOnlySpan<byte> plain)
    {
        var whole = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(Derive("at rest"), TagBytes);
        aes.Encrypt(whole.AsSpan(0, NonceBytes), plain, whole.AsSpan(NonceBytes + TagBytes), whole.AsSpan(NonceBytes, TagBytes));
        return whole;
    }

    /// <exception cref="CryptographicException">It was protected with another master key, or changed since.</exception>
    public byte[] Unprotect(ReadOnlySpan<byte> whole)
    {
        if (whole.Length < NonceBytes + TagBytes) throw new CryptographicException("What is to be decrypted is too short.");
        var plain = new byte[whole.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(Derive("at rest"), TagBytes);
        aes.Decrypt(whole[..NonceBytes], whole[(NonceBytes + TagBytes)..], whole.Slice(NonceBytes, TagBytes), plain);
        return plain;
    }

    static byte[] ReadOrMake(IssuerOptions options)
    {
        var text = options.MasterKey ?? ReadOrMake(Path.Combine(Directory.CreateDirectory(options.Keys).FullName, "master.key"));
        var key = new byte[Bytes + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == Bytes
            ? key[..Bytes]
            : throw new UnusableSettingsException($"The master key (Identity:MasterKey, or master.key in Identity:Keys) must be {Bytes} bytes in Base64.");
    }

    static string ReadOrMake(string file)
    {
        if (!File.Exists(file))
        {
            try
            {
                PrivateFile.Write(file, Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes)), overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                // Another instance on this machine was quicker: its key is ours.
            }
        }
        return File.ReadAllText(file);
    }
}

static class PrivateFile
{
    /// <summary>Writes a file that only its owner may read (0600), whole or not at all.</summary>
    /// <exception cref="IOException">It is there already and is not to be overwritten.</exception>
    public static void Write(string path, string text, bool overwrite)
    {
        var fresh = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            File.SetUnixFileMode(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        using (var writer = new StreamWriter(fresh, options)) writer.Write(text);
        try
        {
            File.Move(fresh, path, overwrite);
        }
        finally
        {
            File.Delete(fresh);
        }
    }
}
