using System.Globalization;
using HandlebarsDotNet;

namespace Kampung.Notifications.Letters;

/// <summary>
/// Writes letters from the Handlebars templates in <c>Templates</c>: <c>order-confirmed.en.hbs</c> holds, of one kind in one language, the subject, what is filled
/// into WhatsApp's template of the same name (a line a parameter), the text and the HTML. A template sees <c>name</c> (the customer's) and <c>event</c>; in HTML everything that it inserts is escaped.
/// </summary>
sealed class LetterWriter
{
    const string DefaultLanguage = "en";
    static readonly string[] Sections = ["\n--- whatsapp ---\n", "\n--- text ---\n", "\n--- html ---\n"];
    static readonly string[] Languages = [DefaultLanguage, "ms"];

    readonly Dictionary<(string Kind, string Language), Template> templates = [];
    readonly HandlebarsTemplate<object, object> layout;

    /// <summary>Compiles every template, so that a mistake in any of them shows with the first letter, whichever that is.</summary>
    public LetterWriter()
    {
        var (text, html) = (Engine(escaping: false), Engine(escaping: true));
        layout = html.Compile(ReadFile("layout"));
        foreach (var file in typeof(LetterWriter).Assembly.GetManifestResourceNames())
            if (file.Split('.') is [var kind, var language])
                templates[(kind, language)] = ReadFile(file).Split(Sections, StringSplitOptions.None) is [var subject, var parameters, var plain, var markup]
                    ? new Template(text.Compile(subject), [.. parameters.Split('\n').Select(line => text.Compile(line))], text.Compile(plain), html.Compile(markup))
                    : throw new InvalidOperationException($"The template {file} lacks one of its sections subject, whatsapp, text and html.");
    }

    /// <summary>The letter of this kind in the contact's language, or in English.</summary>
    public Written Write(string kind, Contact contact, object @event)
    {
        var language = Languages.FirstOrDefault(known => known == contact.Locale?.Split('-', '_')[0].ToLowerInvariant(), DefaultLanguage);
        var template = templates[(kind, language)];
        var seen = new { name = OneLine(contact.Name), @event };
        var subject = OneLine(template.Subject(seen));
        return new(
            language, subject, [.. template.Parameters.Select(parameter => OneLine(parameter(seen)))], template.Text(seen),
            layout(new { language, subject, content = template.Html(seen) }));
    }

    /// <summary>Text for a header or a greeting: without line ends and other control characters, by which a name could write headers of its own.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    static IHandlebars Engine(bool escaping)
    {
        var engine = Handlebars.Create(new HandlebarsConfiguration
        {
            NoEscape = !escaping,
            // a misspelt name must not send a letter with a hole in it
            ThrowOnUnresolvedBindingExpression = true,
            FormatProvider = CultureInfo.InvariantCulture,
        });
        // {{money amount currency}}: the currency's code, which says which dollar is meant, and two decimals.
        engine.RegisterHelper("money", (output, _, arguments) => output.Write(string.Create(CultureInfo.InvariantCulture, $"{arguments[1]} {arguments[0]:N2}")));
        return engine;
    }

    static string ReadFile(string name)
    {
        using var file = new StreamReader(typeof(LetterWriter).Assembly.GetManifestResourceStream(name)!);
        return file.ReadToEnd().ReplaceLineEndings("\n");
    }

    sealed record Template(
        HandlebarsTemplate<object, object> Subject, IReadOnlyList<HandlebarsTemplate<object, object>> Parameters,
        HandlebarsTemplate<object, object> Text, HandlebarsTemplate<object, object> Html);
}

/// <summary>What is told, in the form that each channel needs.</summary>
/// <param name="Language">The one that it is written in: en or ms.</param>
/// <param name="Parameters">For WhatsApp's template.</param>
sealed record Written(string Language, string Subject, IReadOnlyList<string> Parameters, string Text, string Html);
