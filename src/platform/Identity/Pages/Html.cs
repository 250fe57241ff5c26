using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Kampung.Identity.Pages;

/// <summary>Markup. What is filled into it is text and is encoded, unless it is markup itself: <c>Html page = $"&lt;p&gt;{name}&lt;/p&gt;"</c>.</summary>
[InterpolatedStringHandler]
public readonly struct Html
{
    readonly StringBuilder markup;

    public Html(int literalLength, int formattedCount) => markup = new(literalLength + 16 * formattedCount);

    public static Html Empty => Of($"");

    public static Html Of(Html html) => html;

    public static Html Join(IEnumerable<Html> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var whole = new Html(0, 0);
        foreach (var part in parts) whole.AppendFormatted(part);
        return whole;
    }

    public void AppendLiteral(string literal) => markup.Append(literal);

    public void AppendFormatted(Html html) => markup.Append(html.markup);

    public void AppendFormatted(string? text) => markup.Append(HtmlEncoder.Default.Encode(text ?? ""));

    public override string ToString() => markup.ToString();
}
