using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;

namespace Kampung.Registry;

/// <summary>Eureka's XML, which is its JSON with <c>@name</c> as attributes, <c>$</c> as text and arrays as repeated elements.</summary>
static class Xml
{
    static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true, CheckCharacters = false };

    static readonly XmlReaderSettings Untrusted = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, Async = true };

    /// <summary>Reads the document's root element.</summary>
    /// <exception cref="XmlException">It is not well-formed, or has a DTD.</exception>
    public static async Task<JsonObject> ReadAsync(Stream body, CancellationToken ct)
    {
        using var reader = XmlReader.Create(body, Untrusted);
        var root = (await XDocument.LoadAsync(reader, LoadOptions.None, ct)).Root!;
        return Read(root) as JsonObject ?? [];
    }

    public static byte[] Write(string root, JsonObject tree)
    {
        using var buffer = new MemoryStream();
        using (var writer = XmlWriter.Create(buffer, Settings)) Write(writer, root, tree);
        return buffer.ToArray();
    }

    static JsonNode? Read(XElement element)
    {
        if (!element.HasElements && !element.HasAttributes) return element.Value;
        var tree = new JsonObject();
        foreach (var attribute in element.Attributes().Where(attribute => !attribute.IsNamespaceDeclaration)) tree["@" + attribute.Name.LocalName] = attribute.Value;
        foreach (var child in element.Elements()) tree[child.Name.LocalName] = Read(child);
        if (!element.HasElements) tree["$"] = element.Value;
        return tree;
    }

    static void Write(XmlWriter writer, string name, JsonNode? node)
    {
        if (node is JsonArray many)
        {
            foreach (var one in many) Write(writer, name, one);
            return;
        }
        writer.WriteStartElement(XmlConvert.EncodeLocalName(name));
        if (node is JsonObject tree)
        {
            foreach (var (key, value) in tree.Where(field => field.Key.StartsWith('@'))) writer.WriteAttributeString(key[1..], value?.ToString());
            foreach (var (key, value) in tree.Where(field => !field.Key.StartsWith('@')))
                if (key == "$") writer.WriteString(value?.ToString());
                else Write(writer, key, value);
        }
        else
        {
            writer.WriteString(node?.ToString());
        }
        writer.WriteEndElement();
    }
}
