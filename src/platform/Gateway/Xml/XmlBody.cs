using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;
using Kampung.Gateway.Validation;

namespace Kampung.Gateway.Xml;

/// <summary>
/// Makes of an XML body the JSON that a service expects, with the types of its schema: elements are properties, the elements within an array its values under any
/// name, <c>xsi:nil</c> is null. The root may have any name. There are no document types, and with them no entities, and no attributes.
/// </summary>
static class XmlBody
{
    public const string Instance = "http://www.w3.org/2001/XMLSchema-instance";

    static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true, IgnoreWhitespace = true,
    };

    // What counts is that it is read as what was written; nobody puts it into a page.
    static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsXml(string media) => media.Equals("application/xml", StringComparison.OrdinalIgnoreCase) || media.Equals("text/xml", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="XmlException">It is no XML, nested too deeply, or has something that JSON has not.</exception>
    public static MemoryStream ToJson(Stream xml, Schema schema)
    {
        var json = new MemoryStream();
        using var reader = XmlReader.Create(xml, Settings);
        using var writer = new Utf8JsonWriter(json, Relaxed);
        reader.MoveToContent();
        Value(reader, writer, schema);
        while (reader.Read())
        {
            // Whatever follows is no XML, and the reader says so.
        }
        writer.Flush();
        json.Position = 0;
        return json;
    }

    /// <summary>From the start of an element up to its end.</summary>
    static void Value(XmlReader reader, Utf8JsonWriter writer, Schema schema)
    {
        if (reader.Depth >= JsonCheck.MaxDepth) throw new XmlException("It is nested too deeply.");
        if (IsNil(reader))
        {
            reader.ReadElementContentAsString();
            writer.WriteNullValue();
            return;
        }
        var inner = schema.Inner;
        if (inner.Allows(JsonTypes.Object)) Children(reader, writer, inner, isArray: false);
        else if (inner.Allows(JsonTypes.Array)) Children(reader, writer, inner, isArray: true);
        else Text(writer, reader.ReadElementContentAsString(), inner);
    }

    static void Children(XmlReader reader, Utf8JsonWriter writer, Schema schema, bool isArray)
    {
        if (isArray) writer.WriteStartArray();
        else writer.WriteStartObject();
        var isEmpty = reader.IsEmptyElement;
        reader.ReadStartElement();
        while (!isEmpty && reader.NodeType != XmlNodeType.EndElement)
        {
            if (reader.NodeType != XmlNodeType.Element) throw new XmlException("There is text between elements.");
            var name = XmlConvert.DecodeName(reader.LocalName);
            // What the service does not know has no type, and is left out; of JSON it would pass it over.
            if ((isArray ? schema.Items : schema.Properties.GetValueOrDefault(name) ?? schema.AdditionalProperties) is not { } known)
            {
                reader.Skip();
                continue;
            }
            if (!isArray) writer.WritePropertyName(name);
            Value(reader, writer, known);
        }
        if (!isEmpty) reader.ReadEndElement();
        if (isArray) writer.WriteEndArray();
        else writer.WriteEndObject();
    }

    // Text that is no number or truth where one is expected stays text: the check of the JSON says where.
    static void Text(Utf8JsonWriter writer, string text, Schema schema)
    {
        if (!schema.Allows(JsonTypes.String) && (schema.Allows(JsonTypes.Number) || schema.Allows(JsonTypes.Integer))
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            writer.WriteNumberValue(number);
        else if (!schema.Allows(JsonTypes.String) && schema.Allows(JsonTypes.Boolean) && text.Trim() is "true" or "false")
            writer.WriteBooleanValue(text.Trim() == "true");
        else
            writer.WriteStringValue(text);
    }

    static bool IsNil(XmlReader reader)
    {
        var nil = false;
        for (var more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
        {
            if (reader.NamespaceURI == Instance && reader.LocalName == "nil") nil = XmlConvert.ToBoolean(reader.Value);
            else if (reader.NamespaceURI != "http://www.w3.org/2000/xmlns/") throw new XmlException("There are attributes.");
        }
        reader.MoveToElement();
        return nil;
    }
}
