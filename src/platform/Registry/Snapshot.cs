using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Kampung.Registry;

/// <summary>
/// All that the registry answers with, as of one change. Full list, delta and hash come from the same snapshot, so that a client that applies
/// the delta arrives at the hash.
/// </summary>
sealed class Snapshot(long version, ImmutableSortedDictionary<InstanceKey, Instance> instances, ImmutableList<Change> recent)
{
    public static Snapshot Empty { get; } = new(1, ImmutableSortedDictionary<InstanceKey, Instance>.Empty, []);

    // Written once a snapshot, however many clients poll it.
    readonly Lazy<Document> all = new(() => Applications(version, instances.Values, Hash(instances.Values)));
    readonly Lazy<Document> delta = new(() => Applications(version, recent.Select(change => change.Instance), Hash(instances.Values)));

    public long Version => version;

    public ImmutableSortedDictionary<InstanceKey, Instance> Instances => instances;

    /// <summary>Changes of the last minutes, oldest first; an instance appears as often as it changed.</summary>
    public ImmutableList<Change> Recent => recent;

    public Document All => all.Value;

    public Document Delta => delta.Value;

    public Document? App(string app)
    {
        var name = app.ToUpperInvariant();
        var members = instances.Values.Where(instance => instance.App == name).ToList();
        return members.Count == 0 ? null : new Document("application", Application(name, members));
    }

    public Instance? Find(string app, string id) => instances.GetValueOrDefault(new InstanceKey(app.ToUpperInvariant(), id));

    public Instance? Find(string id) => instances.Values.FirstOrDefault(instance => instance.InstanceId == id);

    public Document Vip(string vip) => Among(instance => Names(instance.VipAddress, vip));

    public Document SecureVip(string vip) => Among(instance => Names(instance.SecureVipAddress, vip));

    /// <summary>How many instances have which status, such as <c>DOWN_1_UP_2_</c>.</summary>
    public static string Hash(IEnumerable<Instance> instances)
    {
        var hash = new StringBuilder();
        foreach (var group in instances.GroupBy(instance => instance.Status).OrderBy(group => group.Key, StringComparer.Ordinal))
            hash.Append(CultureInfo.InvariantCulture, $"{group.Key}_{group.Count()}_");
        return hash.ToString();
    }

    Document Among(Func<Instance, bool> chosen)
    {
        var members = instances.Values.Where(chosen).ToList();
        return Applications(version, members, Hash(members));
    }

    static bool Names(string? addresses, string vip) =>
        addresses?.Split(',', StringSplitOptions.TrimEntries).Contains(vip, StringComparer.OrdinalIgnoreCase) == true;

    static Document Applications(long version, IEnumerable<Instance> instances, string hash) => new("applications", new JsonObject
    {
        ["versions__delta"] = version.ToString(CultureInfo.InvariantCulture),
        ["apps__hashcode"] = hash,
        ["application"] = new JsonArray([.. instances.GroupBy(instance => instance.App).Select(app => Application(app.Key, app))]),
    });

    static JsonObject Application(string name, IEnumerable<Instance> instances) => new()
    {
        ["name"] = name,
        ["instance"] = new JsonArray([.. instances.Select(InstanceTree.Write)]),
    };
}

/// <summary>Names one instance; the application's name is in upper case.</summary>
readonly record struct InstanceKey(string App, string Id) : IComparable<InstanceKey>
{
    public int CompareTo(InstanceKey other) =>
        string.CompareOrdinal(App, other.App) is var byApp and not 0 ? byApp : string.CompareOrdinal(Id, other.Id);
}

/// <summary>An instance as it was after a change, or before it was removed.</summary>
sealed record Change(DateTimeOffset At, Instance Instance);

/// <summary>An answer in both of its forms.</summary>
sealed class Document(string root, JsonObject tree)
{
    readonly Lazy<byte[]> json = new(() => Encoding.UTF8.GetBytes(new JsonObject { [root] = tree }.ToJsonString()));
    readonly Lazy<byte[]> xml = new(() => Registry.Xml.Write(root, tree));

    public byte[] Json => json.Value;

    public byte[] Xml => xml.Value;
}
