using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace Kampung.Registry;

/// <summary>
/// Who is there. Every change makes a new <see cref="Snapshot"/>, so that an answer reflects the last write; a heartbeat only renews the lease.
/// A lease lives for its duration once, not twice as Netflix's server lets it.
/// </summary>
sealed class InstanceRegistry(TimeProvider time, IOptionsMonitor<RegistryOptions> options, ILogger<InstanceRegistry> log)
{
    readonly Lock gate = new();
    readonly DateTimeOffset started = time.GetUtcNow();
    readonly Dictionary<InstanceKey, DateTimeOffset> renewed = [];
    Snapshot snapshot = Snapshot.Empty;
    bool preserving;

    public Snapshot Current => Volatile.Read(ref snapshot);

    /// <summary>How long it still tells nobody who is there, since it cannot know.</summary>
    public TimeSpan WarmUpLeft => started + options.CurrentValue.WarmUp - time.GetUtcNow();

    public void Register(Instance instance)
    {
        lock (gate)
        {
            var key = new InstanceKey(instance.App, instance.InstanceId);
            var known = snapshot.Instances.GetValueOrDefault(key);
            // An earlier registration that was held up on its way must not undo a later one.
            if (known is not null && known.LastDirtyTimestamp > instance.LastDirtyTimestamp) instance = known;

            var now = time.GetUtcNow();
            renewed[key] = now;
            var overridden = known is null || known.OverriddenStatus == InstanceStatus.Unknown ? instance.OverriddenStatus : known.OverriddenStatus;
            var status = Effective(instance.Status, overridden);
            Put(instance with
            {
                Status = status,
                OverriddenStatus = overridden,
                RegistrationTimestamp = known?.RegistrationTimestamp ?? now.ToUnixTimeMilliseconds(),
                LastRenewalTimestamp = now.ToUnixTimeMilliseconds(),
                ServiceUpTimestamp = status == InstanceStatus.Up ? known?.ServiceUpTimestamp is > 0 and var up ? up : now.ToUnixTimeMilliseconds() : 0,
            }, known is null ? "ADDED" : "MODIFIED");
            log.LogInformation("{App} {Instance} is {Status}", instance.App, instance.InstanceId, status);
        }
    }

    /// <summary>Renews the lease. False if the instance must register (again): it is not known, or has changed since (<paramref name="dirty"/>).</summary>
    public bool Renew(string app, string id, string? status, long? dirty)
    {
        lock (gate)
        {
            if (snapshot.Find(app, id) is not { } known || dirty > known.LastDirtyTimestamp) return false;
            renewed[new InstanceKey(known.App, id)] = time.GetUtcNow();
            if (InstanceStatus.IsKnown(status) && Effective(status!, known.OverriddenStatus) is var effective && effective != known.Status)
                Put(known with { Status = effective }, "MODIFIED");
            return true;
        }
    }

    public bool Cancel(string app, string id)
    {
        lock (gate)
        {
            if (snapshot.Find(app, id) is not { } known) return false;
            Remove(known);
            log.LogInformation("{App} {Instance} has left", known.App, id);
            return true;
        }
    }

    /// <summary>An operator sets the status, whatever the instance says, until the override is taken away.</summary>
    public bool Override(string app, string id, string status, long? dirty) => Change(app, id, known => known with
    {
        Status = status,
        OverriddenStatus = status,
        LastDirtyTimestamp = Math.Max(dirty ?? 0, known.LastDirtyTimestamp),
    });

    /// <summary>Takes the override away; the status is then <paramref name="status"/> until the instance says otherwise.</summary>
    public bool RemoveOverride(string app, string id, string? status, long? dirty) => Change(app, id, known => known with
    {
        Status = InstanceStatus.IsKnown(status) ? status! : InstanceStatus.Unknown,
        OverriddenStatus = InstanceStatus.Unknown,
        LastDirtyTimestamp = Math.Max(dirty ?? 0, known.LastDirtyTimestamp),
    });

    public bool AddMetadata(string app, string id, IEnumerable<KeyValuePair<string, string>> entries) =>
        Change(app, id, known => known with { Metadata = known.Metadata.SetItems(entries) });

    /// <summary>Removes whoever has not renewed within its lease's duration, unless that would be suspiciously many.</summary>
    public void Expire()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            ForgetOldChanges(now);
            var expired = snapshot.Instances
                .Where(entry => renewed[entry.Key] + TimeSpan.FromSeconds(entry.Value.DurationInSecs) <= now)
                .Select(entry => entry.Value)
                .ToList();
            if (MustPreserve(expired.Count)) return;
            foreach (var instance in expired)
            {
                Remove(instance);
                log.LogWarning("{App} {Instance} is gone: no heartbeat for {Seconds} s", instance.App, instance.InstanceId, instance.DurationInSecs);
            }
        }
    }

    bool MustPreserve(int expired)
    {
        var (total, settings) = (snapshot.Instances.Count, options.CurrentValue.SelfPreservation);
        var must = settings.Enabled && total >= settings.MinimumInstances && total - expired < total * settings.Threshold;
        if (must && !preserving)
            log.LogWarning("Self-preservation: {Expired} of {Total} leases have expired, none is removed", expired, total);
        preserving = must;
        return must;
    }

    bool Change(string app, string id, Func<Instance, Instance> change)
    {
        lock (gate)
        {
            if (snapshot.Find(app, id) is not { } known) return false;
            Put(change(known), "MODIFIED");
            return true;
        }
    }

    // An instance that is on its way up or down is not made to serve by an override.
    static string Effective(string status, string overridden) =>
        status is InstanceStatus.Down or InstanceStatus.Starting || overridden == InstanceStatus.Unknown ? status : overridden;

    void Put(Instance instance, string action)
    {
        var changed = instance with { ActionType = action, LastUpdatedTimestamp = time.GetUtcNow().ToUnixTimeMilliseconds() };
        Publish(snapshot.Instances.SetItem(new InstanceKey(changed.App, changed.InstanceId), changed), changed);
    }

    void Remove(Instance instance)
    {
        var key = new InstanceKey(instance.App, instance.InstanceId);
        renewed.Remove(key);
        Publish(snapshot.Instances.Remove(key), instance with { ActionType = "DELETED", LastUpdatedTimestamp = time.GetUtcNow().ToUnixTimeMilliseconds() });
    }

    void Publish(ImmutableSortedDictionary<InstanceKey, Instance> instances, Instance changed) =>
        Volatile.Write(ref snapshot, new Snapshot(snapshot.Version + 1, instances, snapshot.Recent.Add(new Change(time.GetUtcNow(), changed))));

    void ForgetOldChanges(DateTimeOffset now)
    {
        var recent = snapshot.Recent.RemoveAll(change => change.At + options.CurrentValue.DeltaRetention <= now);
        if (recent.Count != snapshot.Recent.Count) Volatile.Write(ref snapshot, new Snapshot(snapshot.Version + 1, snapshot.Instances, recent));
    }
}
