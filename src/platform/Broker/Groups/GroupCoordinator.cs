using System.Collections.Concurrent;
using Kampung.Broker.Protocol;

namespace Kampung.Broker.Groups;

/// <summary>All consumer groups. Membership is in memory only: after a restart members join again, and go on from the committed offsets.</summary>
internal sealed class GroupCoordinator : IDisposable
{
    readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    readonly BrokerOptions.GroupOptions _options;
    readonly ILogger _logger;

    public GroupCoordinator(OffsetStore offsets, BrokerOptions.GroupOptions options, ILogger logger)
    {
        (Offsets, _options, _logger) = (offsets, options, logger);
        foreach (var group in offsets.Groups) GetOrAdd(group);
    }

    public OffsetStore Offsets { get; }

    public IEnumerable<Group> All => _groups.Values.OrderBy(group => group.Id, StringComparer.Ordinal);

    public Group? Find(string id) => _groups.GetValueOrDefault(id);

    public Task<JoinResult> JoinAsync(string groupId, JoinRequest request)
    {
        if (groupId.Length == 0) return Task.FromResult(new JoinResult(ErrorCode.InvalidGroupId, request.MemberId));
        if (request.SessionTimeout < _options.MinSessionTimeout || request.SessionTimeout > _options.MaxSessionTimeout)
            return Task.FromResult(new JoinResult(ErrorCode.InvalidSessionTimeout, request.MemberId));
        return GetOrAdd(groupId).JoinAsync(request);
    }

    /// <summary>Completes when the offsets are on disk; tells what stands against them.</summary>
    public async Task<ErrorCode> CommitAsync(
        string groupId, string memberId, string? instanceId, int generation, IReadOnlyCollection<KeyValuePair<TopicPartition, CommittedOffset>> offsets)
    {
        if (groupId.Length == 0) return ErrorCode.InvalidGroupId;
        var error = GetOrAdd(groupId).MayCommit(memberId, instanceId, generation);
        if (error == ErrorCode.None && offsets.Count > 0) await Offsets.CommitAsync(groupId, offsets);
        return error;
    }

    public async Task<ErrorCode> DeleteAsync(string groupId)
    {
        if (Find(groupId) is not { } group) return ErrorCode.GroupIdNotFound;
        if (!group.TryEnd()) return ErrorCode.NonEmptyGroup;
        Forget(group);
        await Offsets.DeleteAsync(groupId);
        _logger.LogInformation("Deleted group {Group}", groupId);
        return ErrorCode.None;
    }

    /// <summary>Forgets offsets that were committed before this time by groups that nobody is in, and such groups once they have none.</summary>
    public void Retain(DateTimeOffset before)
    {
        foreach (var group in _groups.Values.Where(group => group.State == GroupState.Empty))
        {
            _ = Offsets.ExpireAsync(group.Id, before);
            if (!Offsets.Contains(group.Id) && group.TryEnd()) Forget(group);
        }
    }

    public void Dispose()
    {
        foreach (var group in _groups.Values) group.Dispose();
        Offsets.Dispose();
    }

    Group GetOrAdd(string id) => _groups.GetOrAdd(id, static (id, delay) => new Group(id, delay), _options.InitialRebalanceDelay);

    void Forget(Group group)
    {
        _groups.TryRemove(KeyValuePair.Create(group.Id, group));
        group.Dispose();
    }
}
