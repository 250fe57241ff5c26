namespace Kampung.AppHost;

/// <summary>What a person can put right: its message is one clear sentence, shown without a stack trace, and the exit code is 1.</summary>
public sealed class KampungException(string message, Exception? inner = null) : Exception(message, inner);
