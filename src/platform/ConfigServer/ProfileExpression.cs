namespace Kampung.ConfigServer;

/// <summary>Which profiles a part of a file is for: <c>prod</c>, <c>!prod</c>, <c>prod &amp; eu</c>, <c>(prod | staging) &amp; !eu</c>.</summary>
sealed class ProfileExpression
{
    readonly Func<IReadOnlySet<string>, bool> matches;

    ProfileExpression(Func<IReadOnlySet<string>, bool> matches) => this.matches = matches;

    public bool Matches(IReadOnlySet<string> profiles) => matches(profiles);

    /// <summary>Holds if any of the expressions does; commas divide them, too.</summary>
    /// <exception cref="FormatException">One is not an expression.</exception>
    public static ProfileExpression AnyOf(IEnumerable<string> expressions)
    {
        var any = expressions.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(text => new Parser(text).Parse()).ToList();
        return new ProfileExpression(profiles => any.Exists(one => one(profiles)));
    }

    sealed class Parser(string text)
    {
        int at;

        public Func<IReadOnlySet<string>, bool> Parse()
        {
            var expression = Either();
            return Peek() == '\0' ? expression : throw Bad();
        }

        Func<IReadOnlySet<string>, bool> Either()
        {
            var left = Both();
            while (Take('|'))
            {
                var (first, second) = (left, Both());
                left = profiles => first(profiles) || second(profiles);
            }
            return left;
        }

        Func<IReadOnlySet<string>, bool> Both()
        {
            var left = One();
            while (Take('&'))
            {
                var (first, second) = (left, One());
                left = profiles => first(profiles) && second(profiles);
            }
            return left;
        }

        Func<IReadOnlySet<string>, bool> One()
        {
            if (Take('!'))
            {
                var inner = One();
                return profiles => !inner(profiles);
            }
            if (Take('('))
            {
                var inner = Either();
                return Take(')') ? inner : throw Bad();
            }
            var start = at;
            while (at < text.Length && text[at] is not ('!' or '(' or ')' or '&' or '|')) at++;
            var name = text[start..at].Trim();
            return name.Length > 0 ? profiles => profiles.Contains(name) : throw Bad();
        }

        char Peek()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            return at < text.Length ? text[at] : '\0';
        }

        bool Take(char symbol)
        {
            if (Peek() != symbol) return false;
            at++;
            return true;
        }

        FormatException Bad() => new($"\"{text}\" is not an expression of profiles");
    }
}
