using YamlDotNet.RepresentationModel;

namespace Kampung.Gateway;

/// <summary><c>config/gateway.yml</c> as it was when the gateway was built: the routes of a gateway that asks no config server.</summary>
static class BuiltInRoutes
{
    /// <summary>Adds them below every other source, so that the environment and the command line can still change one of them.</summary>
    public static void AddBuiltInRoutes(this ConfigurationManager configuration)
    {
        using var file = new StreamReader(typeof(BuiltInRoutes).Assembly.GetManifestResourceStream("gateway.yml")!);
        var yaml = new YamlStream();
        yaml.Load(file);
        configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = Flatten(yaml.Documents[0].RootNode, path: ""),
        });
    }

    static IEnumerable<KeyValuePair<string, string?>> Flatten(YamlNode node, string path) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(child => Flatten(child.Value, Join(path, ((YamlScalarNode)child.Key).Value!))),
        YamlSequenceNode list => list.Children.SelectMany((child, index) => Flatten(child, Join(path, $"{index}"))),
        _ => [new(path, ((YamlScalarNode)node).Value)],
    };

    static string Join(string path, string key) => path.Length == 0 ? key : ConfigurationPath.Combine(path, key);
}
