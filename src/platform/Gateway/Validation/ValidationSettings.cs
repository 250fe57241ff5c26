namespace Kampung.Gateway.Validation;

/// <summary>The section <c>Gateway:Validation</c>.</summary>
sealed record ValidationSettings
{
    public bool Enabled { get; init; } = true;
}
