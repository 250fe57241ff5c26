using Kampung.AppHost.Supervision;

namespace Kampung.AppHost.Display;

/// <summary>Shows a person, or a log, how the village is doing. Called from several threads.</summary>
public interface IDisplay : IAsyncDisposable
{
    /// <summary>A step of the start, or something that a person should know.</summary>
    void Say(string text);

    void Show(IReadOnlyList<ProcessStatus> processes);

    /// <summary>The last line of the start: <c>ready: URL</c>.</summary>
    void Ready(string url);
}
