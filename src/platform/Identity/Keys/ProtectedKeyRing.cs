using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;

namespace Kampung.Identity.Keys;

/// <summary>
/// ASP.NET's data protection keys (cookies, forms, links to a new password) are in the database, so that every instance understands what another one gave out;
/// there they are encrypted with the master key.
/// </summary>
sealed class ProtectedKeyRing(MasterKey master) : IXmlEncryptor, IConfigureOptions<KeyManagementOptions>
{
    public void Configure(KeyManagementOptions options) => options.XmlEncryptor = this;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) =>
        new(new XElement("masterKey", Convert.ToBase64String(master.Protect(System.Text.Encoding.UTF8.GetBytes(plaintextElement.ToString())))), typeof(Decryptor));

    /// <summary>Named in the stored key, and made by data protection.</summary>
    public sealed class Decryptor(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement) => XElement.Parse(System.Text.Encoding.UTF8.GetString(
            services.GetRequiredService<MasterKey>().Unprotect(Convert.FromBase64String(encryptedElement.Value))));
    }
}
