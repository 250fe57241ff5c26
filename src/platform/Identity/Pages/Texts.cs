using System.Globalization;
using Microsoft.AspNetCore.Http.Headers;

namespace Kampung.Identity.Pages;

/// <summary>What our pages say, in English and in Malay.</summary>
sealed record Texts
{
    public required string Language { get; init; }
    public required string SignIn { get; init; }
    public required string SignOut { get; init; }
    public required string SignOutQuestion { get; init; }
    public required string SignedInAs { get; init; }
    public required string Register { get; init; }
    public required string NoAccountYet { get; init; }
    public required string HaveAccount { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Password { get; init; }
    public required string NewPassword { get; init; }
    public required string PasswordHint { get; init; }
    public required string Forgotten { get; init; }
    public required string ForgottenExplained { get; init; }
    public required string SendLink { get; init; }
    public required string LinkSent { get; init; }
    public required string ChoosePassword { get; init; }
    public required string PasswordChanged { get; init; }
    public required string LinkIsOver { get; init; }

    /// <summary>With {0} minutes.</summary>
    public required string NotSignedIn { get; init; }
    public required string BadName { get; init; }
    public required string BadEmail { get; init; }
    public required string EmailTaken { get; init; }
    public required string BadPassword { get; init; }
    public required string Wrong { get; init; }
    public required string WrongExplained { get; init; }

    public string NotSignedInFor(TimeSpan lockOut) => string.Format(CultureInfo.InvariantCulture, NotSignedIn, Math.Ceiling(lockOut.TotalMinutes));

    /// <param name="asked">Languages that the web app asks for, the most wanted first (<c>ui_locales</c>, OpenID Connect Core 1.0, 3.1.2.1); before what the browser says.</param>
    public static Texts For(HttpRequest request, string? asked)
    {
        // The one that is wanted most; English for whoever reads neither.
        var wanted = asked?.Split(' ').Select(language => language.Split('-')[0].ToLowerInvariant()).FirstOrDefault(language => language is "en" or "ms") ?? new RequestHeaders(request.Headers).AcceptLanguage.OrderByDescending(language => language.Quality ?? 1)
            .Select(language => language.Value.ToString().Split('-')[0].ToLowerInvariant()).FirstOrDefault(language => language is "en" or "ms");
        return wanted == "ms" ? Malay : English;
    }

    static readonly Texts English = new()
    {
        Language = "en",
        SignIn = "Sign in",
        SignOut = "Sign out",
        SignOutQuestion = "Do you want to sign out?",
        SignedInAs = "You are signed in as",
        Register = "Register",
        NoAccountYet = "No account yet?",
        HaveAccount = "Have an account already?",
        Name = "Name",
        Email = "E-mail address",
        Password = "Password",
        NewPassword = "New password",
        PasswordHint = "At least 10 characters. A few words that belong together only for you are good.",
        Forgotten = "Forgotten your password?",
        ForgottenExplained = "Tell us your e-mail address, and we send you a link to choose a new password.",
        SendLink = "Send the link",
        LinkSent = "If there is an account with this e-mail address, a letter with a link is on its way to it. The link can be used once, within an hour.",
        ChoosePassword = "Choose a new password",
        PasswordChanged = "Your password is changed. Wherever you were signed in, you have to sign in again.",
        LinkIsOver = "This link was used already, or is too old.",
        NotSignedIn = "The e-mail address or the password is not right. After several failures an address is stopped for {0} minutes.",
        BadName = "Please give a name of at most 200 characters.",
        BadEmail = "Please give an e-mail address such as siti@example.com.",
        EmailTaken = "There is an account with this e-mail address already.",
        BadPassword = "Please choose a password of 10 to 128 characters, at least 4 of them different.",
        Wrong = "That did not work",
        WrongExplained = "The page that sent you here asked for something that is not possible. Go back and try again.",
    };

    static readonly Texts Malay = new()
    {
        Language = "ms",
        SignIn = "Log masuk",
        SignOut = "Log keluar",
        SignOutQuestion = "Adakah anda mahu log keluar?",
        SignedInAs = "Anda telah log masuk sebagai",
        Register = "Daftar",
        NoAccountYet = "Belum ada akaun?",
        HaveAccount = "Sudah ada akaun?",
        Name = "Nama",
        Email = "Alamat e-mel",
        Password = "Kata laluan",
        NewPassword = "Kata laluan baharu",
        PasswordHint = "Sekurang-kurangnya 10 aksara. Beberapa perkataan yang hanya bermakna bagi anda adalah baik.",
        Forgotten = "Lupa kata laluan?",
        ForgottenExplained = "Beritahu kami alamat e-mel anda, dan kami akan menghantar pautan untuk memilih kata laluan baharu.",
        SendLink = "Hantar pautan",
        LinkSent = "Jika ada akaun dengan alamat e-mel ini, surat dengan pautan sedang dihantar kepadanya. Pautan itu boleh digunakan sekali sahaja, dalam masa sejam.",
        ChoosePassword = "Pilih kata laluan baharu",
        PasswordChanged = "Kata laluan anda telah ditukar. Di mana sahaja anda telah log masuk, anda perlu log masuk semula.",
        LinkIsOver = "Pautan ini telah digunakan, atau sudah terlalu lama.",
        NotSignedIn = "Alamat e-mel atau kata laluan tidak betul. Selepas beberapa kegagalan, alamat itu disekat selama {0} minit.",
        BadName = "Sila beri nama yang tidak melebihi 200 aksara.",
        BadEmail = "Sila beri alamat e-mel seperti siti@example.com.",
        EmailTaken = "Sudah ada akaun dengan alamat e-mel ini.",
        BadPassword = "Sila pilih kata laluan antara 10 dan 128 aksara, sekurang-kurangnya 4 daripadanya berlainan.",
        Wrong = "Itu tidak berjaya",
        WrongExplained = "Halaman yang menghantar anda ke sini meminta sesuatu yang tidak mungkin. Kembali dan cuba lagi.",
    };
}
