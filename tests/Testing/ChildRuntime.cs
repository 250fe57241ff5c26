using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Kampung.Testing;

/// <summary>
/// How the runtime of every process that a test starts compiles: each method once, quickly. A process of a test lives for seconds; counting its calls, to compile the hot ones
/// a second time, costs a fifth of its processor time and pays back in minutes only.
/// </summary>
static class ChildRuntime
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Before any test, whichever class of this library it touches first.")]
    internal static void CompileOnce() => Environment.SetEnvironmentVariable("DOTNET_TC_CallCounting", "0");
}
