using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using Fluid;
using Fluid.Values;

namespace Kampung.Notifications.Letters;

/// <summary>
/// Writes letters from the Liquid templates in <c>Templates</c>: <c>order-confirmed.en.liquid</c> holds the subject, the text and the HTML of one kind in
/// one language. A template sees <c>name</c> (the customer's) and <c>event</c>; in HTML everything that it inserts is escaped.
/// </summary>
sealed class LetterWriter
{
    const string DefaultLanguage = "en";
    static readonly string[] Languages = [DefaultLanguage, "ms"];

    readonly Dictionary<(string Name, string Language), Template> templates = [];
    readonly IFluidTemplate layout;
    readonly TemplateOptions options = new() { MemberAccessStrategy = new UnsafeMemberAccessStrategy { IgnoreCasing = true } };

    /// <summary>Parses every template, so that a mistake in one shows at the start and not with the first customer.</summary>
    public LetterWriter()
    {
        options.Filters.AddFilter("money", Money);
        var parser = new FluidParser();
        layout = parser.Parse(ReadFile("layout"));
        foreach (var file in typeof(LetterWriter).Assembly.GetManifestResourceNames().Where(file => file.Count(c => c == '.') == 1))
        {
            var sections = ReadFile(file).Split("\n--- text ---\n", 2) is [var subject, var rest] && rest.Split("\n--- html ---\n", 2) is [var text, var html]
                ? (Subject: subject, Text: text, Html: html)
                : throw new InvalidOperationException($"The template {file} lacks the sections subject, text and html.");
            templates[(file.Split('.')[0], file.Split('.')[1])] =
                new Template(parser.Parse(sections.Subject), parser.Parse(sections.Text), parser.Parse(sections.Html));
        }
    }

    /// <summary>The letter of this kind in the contact's language, or in English.</summary>
    public async Task<(string Subject, string Text, string Html)> WriteAsync(string kind, Contact contact, object @event)
    {
        var language = Languages.FirstOrDefault(known => known == contact.Locale?.Split('-', '_')[0].ToLowerInvariant(), DefaultLanguage);
        var template = templates[(kind, language)];
        var context = new TemplateContext(options) { CultureInfo = CultureInfo.InvariantCulture };
        context.SetValue("language", language);
        context.SetValue("name", OneLine(contact.Name));
        context.SetValue("event", @event);

        var subject = OneLine(await template.Subject.RenderAsync(context, NullEncoder.Default));
        var text = await template.Text.RenderAsync(context, NullEncoder.Default);
        context.SetValue("subject", subject);
        context.SetValue("content", new StringValue(await template.Html.RenderAsync(context, HtmlEncoder.Default), encode: false));
        return (subject, text, await layout.RenderAsync(context, HtmlEncoder.Default));
    }

    /// <summary>Text for a header or a greeting: without line ends and other control characters, by which a name could write headers of its own.</summary>
    public static string OneLine(string text) =>
        string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary><c>{{ amount | money: currency }}</c>: the currency's code, which says which dollar is meant, and two decimals.</summary>
    static ValueTask<FluidValue> Money(FluidValue amount, FilterArguments arguments, TemplateContext context) =>
        new(new StringValue(string.Create(context.CultureInfo, $"{arguments.At(0).ToStringValue()} {amount.ToNumberValue():N2}")));

    static string ReadFile(string name)
    {
        using var file = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return file.ReadToEnd().ReplaceLineEndings("\n");
    }

    sealed record Template(IFluidTemplate Subject, IFluidTemplate Text, IFluidTemplate Html);
}
