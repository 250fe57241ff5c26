namespace Kampung.ConfigServer;

/// <summary>A part of a configuration file: YAML files may have several, divided by <c>---</c>.</summary>
/// <param name="Name">The file's name, with the part's number if there are several.</param>
/// <param name="OnProfile">The profiles for which the part applies, or null: always.</param>
/// <param name="Values">Flat, with Spring's keys: <c>a.b[0]</c>.</param>
sealed record ConfigPart(string Name, ProfileExpression? OnProfile, IReadOnlyDictionary<string, ConfigValue> Values);

/// <summary>A value as it was written.</summary>
/// <param name="Text">Its characters.</param>
/// <param name="IsLiteral">Whether the text is itself JSON: a number, true or false.</param>
readonly record struct ConfigValue(string Text, bool IsLiteral);

/// <summary>A file of configuration cannot be read. The message names the file and the line.</summary>
sealed class ConfigFileException(string file, long line, string reason) : Exception($"{file}, line {line}: {reason}");
