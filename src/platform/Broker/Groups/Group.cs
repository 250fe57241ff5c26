using Kampung.Broker.Protocol;

namespace Kampung.Broker.Groups;

/// <summary>The states of a consumer group, named as DescribeGroups names them.</summary>
internal enum GroupState
{
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
}

internal sealed record JoinRequest(
    string MemberId,
    string? InstanceId,
    string ClientId,
    string ClientHost,
    TimeSpan SessionTimeout,
    TimeSpan RebalanceTimeout,
    string ProtocolType,
    KeyValuePair<string, byte[]>[] Protocols,
    bool MustKnowItsId);

internal sealed record JoinedMember(string MemberId, string? InstanceId, byte[] Metadata);

/// <summary>The answer to a join. The members are told to the leader only, who assigns the partitions.</summary>
internal sealed record JoinResult(
    ErrorCode Error, string MemberId, int Generation = -1, string? ProtocolType = null, string? Protocol = null, string Leader = "", JoinedMember[]? Members = null);

internal sealed record SyncResult(ErrorCode Error, byte[] Assignment, string? ProtocolType = null, string? Protocol = null);

internal sealed record MemberDescription(string MemberId, string? InstanceId, string ClientId, string ClientHost, byte[] Metadata, byte[] Assignment);

internal sealed record GroupDescription(string GroupId, GroupState State, string ProtocolType, string Protocol, MemberDescription[] Members);

/// <summary>
/// A consumer group of the classic protocol: members join, the broker waits until all have, names one of them leader, the leader assigns, the broker
/// hands each its share. Whoever is not heard from for its session timeout is put out and the others share anew.
/// </summary>
internal sealed class Group : IDisposable
{
    readonly Lock _gate = new();
    readonly TimeSpan _initialDelay;
    readonly List<Member> _members = [];
    readonly Dictionary<string, Deadline> _expected = [];
    readonly Timer _timer;
    string? _leader;
    string? _protocol;
    string? _protocolType;
    Deadline _phaseEnds;
    bool _waitsForMore;

    public Group(string id, TimeSpan initialDelay)
    {
        (Id, _initialDelay) = (id, initialDelay);
        _timer = new Timer(static group => ((Group)group!).OnDeadline(), this, Timeout.Infinite, Timeout.Infinite);
    }

    public string Id { get; }

    public GroupState State { get; private set; }

    public int Generation { get; private set; }

    public string ProtocolType => _protocolType ?? "";

    /// <summary>A point on the monotonic clock, in milliseconds.</summary>
    readonly record struct Deadline(long At)
    {
        public bool IsOver => Environment.TickCount64 >= At;

        public static Deadline In(TimeSpan time) => new(Environment.TickCount64 + (long)time.TotalMilliseconds);
    }

    sealed class Member(string id, JoinRequest request)
    {
        public readonly string Id = id;
        public JoinRequest Request = request;
        public byte[] Assignment = [];
        public TaskCompletionSource<JoinResult>? Joining;
        public TaskCompletionSource<SyncResult>? Syncing;
        public Deadline SessionEnds;

        public bool IsWaiting => Joining is not null || Syncing is not null;

        public byte[] Metadata(string? protocol) => Request.Protocols.FirstOrDefault(candidate => candidate.Key == protocol).Value ?? [];

        public bool Supports(string protocol) => Request.Protocols.Any(candidate => candidate.Key == protocol);

        public bool OffersTheSame(JoinRequest other) =>
            Request.Protocols.Length == other.Protocols.Length &&
            Request.Protocols.Zip(other.Protocols).All(pair => pair.First.Key == pair.Second.Key && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));

        public void Heard() => SessionEnds = Deadline.In(Request.SessionTimeout);
    }

    public Task<JoinResult> JoinAsync(JoinRequest request)
    {
        lock (_gate)
        {
            if (State == GroupState.Dead) return Refuse(ErrorCode.UnknownMemberId);
            if (!IsCompatible(request)) return Refuse(ErrorCode.InconsistentGroupProtocol);

            var member = Find(request.MemberId);
            var sameInstance = request.InstanceId is null ? null : _members.Find(other => other.Request.InstanceId == request.InstanceId);
            if (request.MemberId.Length == 0)
            {
                var id = $"{(request.InstanceId ?? request.ClientId)}-{Guid.NewGuid()}";
                if (sameInstance is not null) return Replace(sameInstance, new Member(id, request));
                if (!request.MustKnowItsId || request.InstanceId is not null) return Add(new Member(id, request));
                _expected[id] = Deadline.In(request.SessionTimeout);
                SetTimer();
                return Task.FromResult(new JoinResult(ErrorCode.MemberIdRequired, id));
            }
            if (sameInstance is not null && sameInstance != member) return Refuse(ErrorCode.FencedInstanceId);
            if (member is null) return _expected.Remove(request.MemberId) ? Add(new Member(request.MemberId, request)) : Refuse(ErrorCode.UnknownMemberId);

            member.Heard();
            var unchanged = member.OffersTheSame(request);
            member.Request = request;
            // It may just not have heard the last answer; only a leader, or other subscriptions, are a reason to share anew.
            if (unchanged && (State == GroupState.CompletingRebalance || (State == GroupState.Stable && member.Id != _leader)))
                return Task.FromResult(Joined(member));
            return WaitForOthers(member);
        }

        Task<JoinResult> Refuse(ErrorCode error) => Task.FromResult(new JoinResult(error, request.MemberId));
    }

    public Task<SyncResult> SyncAsync(
        string memberId, string? instanceId, int generation, string? protocolType, string? protocol, IReadOnlyDictionary<string, byte[]> assignments)
    {
        lock (_gate)
        {
            var error = Check(memberId, instanceId, generation, out var member);
            if (error == ErrorCode.None && State == GroupState.PreparingRebalance) error = ErrorCode.RebalanceInProgress;
            if (error == ErrorCode.None && ((protocolType ?? _protocolType) != _protocolType || (protocol ?? _protocol) != _protocol))
                error = ErrorCode.InconsistentGroupProtocol;
            if (error != ErrorCode.None) return Task.FromResult(new SyncResult(error, []));

            member!.Heard();
            if (State == GroupState.Stable) return Task.FromResult(Synced(member));

            member.Syncing?.TrySetResult(new SyncResult(ErrorCode.RebalanceInProgress, []));
            var syncing = member.Syncing = new TaskCompletionSource<SyncResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (member.Id == _leader)
            {
                State = GroupState.Stable;
                foreach (var each in _members)
                {
                    each.Assignment = assignments.GetValueOrDefault(each.Id, []);
                    if (each.Syncing is null) continue;
                    each.Heard();
                    each.Syncing.TrySetResult(Synced(each));
                    each.Syncing = null;
                }
            }
            SetTimer();
            return syncing.Task;
        }
    }

    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        lock (_gate)
        {
            var error = Check(memberId, instanceId, generation, out var member);
            if (error != ErrorCode.None) return error;
            member!.Heard();
            return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    public ErrorCode Leave(string memberId, string? instanceId)
    {
        lock (_gate)
        {
            var member = instanceId is not null ? _members.Find(other => other.Request.InstanceId == instanceId) : Find(memberId);
            if (member is null) return _expected.Remove(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
            if (instanceId is not null && memberId.Length > 0 && member.Id != memberId) return ErrorCode.FencedInstanceId;
            Remove(member);
            return ErrorCode.None;
        }
    }

    /// <summary>Whether this member of this generation may commit offsets; a reader outside of any group protocol may while nobody else is there.</summary>
    public ErrorCode MayCommit(string memberId, string? instanceId, int generation)
    {
        lock (_gate)
        {
            if (generation < 0 && memberId.Length == 0 && _members.Count == 0) return ErrorCode.None;
            var error = Check(memberId, instanceId, generation, out var member);
            if (error != ErrorCode.None) return error;
            if (State == GroupState.CompletingRebalance) return ErrorCode.RebalanceInProgress;
            member!.Heard();
            return ErrorCode.None;
        }
    }

    public GroupDescription Describe()
    {
        lock (_gate)
        {
            var members = _members.Select(member => new MemberDescription(
                member.Id, member.Request.InstanceId, member.Request.ClientId, member.Request.ClientHost, member.Metadata(_protocol), member.Assignment));
            return new GroupDescription(Id, State, ProtocolType, _protocol ?? "", [.. members]);
        }
    }

    /// <summary>Ends a group that nobody is in; it takes no members any more.</summary>
    public bool TryEnd()
    {
        lock (_gate)
        {
            if (_members.Count > 0 || _expected.Count > 0) return false;
            State = GroupState.Dead;
            return true;
        }
    }

    public void Dispose() => _timer.Dispose();

    Member? Find(string id) => _members.Find(member => member.Id == id);

    ErrorCode Check(string memberId, string? instanceId, int generation, out Member? member)
    {
        member = Find(memberId);
        if (instanceId is not null && _members.Exists(other => other.Request.InstanceId == instanceId && other.Id != memberId)) return ErrorCode.FencedInstanceId;
        if (member is null) return ErrorCode.UnknownMemberId;
        return generation == Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    bool IsCompatible(JoinRequest request)
    {
        if (request.ProtocolType.Length == 0 || request.Protocols.Length == 0) return false;
        var others = _members.Where(member => member.Id != request.MemberId && (request.InstanceId is null || member.Request.InstanceId != request.InstanceId)).ToList();
        return others.Count == 0 ||
            (request.ProtocolType == _protocolType && request.Protocols.Any(protocol => others.TrueForAll(other => other.Supports(protocol.Key))));
    }

    Task<JoinResult> Add(Member member)
    {
        _members.Add(member);
        _protocolType = member.Request.ProtocolType;
        return WaitForOthers(member);
    }

    /// <summary>A static member (KIP-345) is back under a new id: it takes over the old one's share, without a rebalance if it wants the same.</summary>
    Task<JoinResult> Replace(Member old, Member member)
    {
        old.Joining?.TrySetResult(new JoinResult(ErrorCode.FencedInstanceId, old.Id));
        old.Syncing?.TrySetResult(new SyncResult(ErrorCode.FencedInstanceId, []));
        member.Assignment = old.Assignment;
        _members[_members.IndexOf(old)] = member;
        if (_leader == old.Id) _leader = member.Id;
        member.Heard();
        if (State != GroupState.Stable || !old.OffersTheSame(member.Request)) return WaitForOthers(member);
        SetTimer();
        // It is told of another leader, so that it does not assign: the assignment stands.
        return Task.FromResult(Joined(member) with { Leader = old.Id, Members = null });
    }

    Task<JoinResult> WaitForOthers(Member member)
    {
        member.Joining?.TrySetResult(new JoinResult(ErrorCode.RebalanceInProgress, member.Id));
        var joining = member.Joining = new TaskCompletionSource<JoinResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        member.Heard();
        if (State == GroupState.PreparingRebalance) CompleteIfAllJoined();
        else Rebalance();
        SetTimer();
        return joining.Task;
    }

    void Rebalance()
    {
        foreach (var member in _members)
        {
            member.Syncing?.TrySetResult(new SyncResult(ErrorCode.RebalanceInProgress, []));
            member.Syncing = null;
        }
        _waitsForMore = State == GroupState.Empty && _initialDelay > TimeSpan.Zero;
        _phaseEnds = Deadline.In(_waitsForMore ? _initialDelay : LongestRebalance());
        State = GroupState.PreparingRebalance;
        CompleteIfAllJoined();
    }

    void CompleteIfAllJoined()
    {
        if (!_waitsForMore && _expected.Count == 0 && _members.TrueForAll(member => member.Joining is not null)) CompleteJoin();
    }

    void CompleteJoin()
    {
        _waitsForMore = false;
        // Whoever did not come in time is out, except a static member, which has until the end of its session.
        _members.RemoveAll(member => member.Joining is null && member.Request.InstanceId is null);
        Generation++;
        if (!_members.Exists(member => member.Joining is not null))
        {
            if (_members.Count == 0) (State, _protocol, _leader) = (GroupState.Empty, null, null);
            else _phaseEnds = Deadline.In(LongestRebalance());
            return;
        }

        _protocol = Elect();
        if (Find(_leader ?? "") is not { Joining: not null }) _leader = _members.First(member => member.Joining is not null).Id;
        State = GroupState.CompletingRebalance;
        _phaseEnds = Deadline.In(LongestRebalance());
        foreach (var member in _members)
        {
            member.Assignment = [];
            member.Heard();
            member.Joining?.TrySetResult(Joined(member));
            member.Joining = null;
        }
    }

    /// <summary>The protocol that all support and most prefer.</summary>
    string Elect()
    {
        var candidates = _members[0].Request.Protocols.Select(protocol => protocol.Key).Where(name => _members.TrueForAll(member => member.Supports(name))).ToList();
        return _members.Select(member => member.Request.Protocols.First(protocol => candidates.Contains(protocol.Key)).Key)
            .CountBy(vote => vote).MaxBy(votes => votes.Value).Key;
    }

    JoinResult Joined(Member member) => new(ErrorCode.None, member.Id, Generation, _protocolType, _protocol, _leader ?? "", member.Id == _leader
        ? [.. _members.Select(each => new JoinedMember(each.Id, each.Request.InstanceId, each.Metadata(_protocol)))]
        : null);

    SyncResult Synced(Member member) => new(ErrorCode.None, member.Assignment, _protocolType, _protocol);

    void Remove(Member member)
    {
        _members.Remove(member);
        if (_leader == member.Id) _leader = null;
        member.Joining?.TrySetResult(new JoinResult(ErrorCode.UnknownMemberId, member.Id));
        member.Syncing?.TrySetResult(new SyncResult(ErrorCode.UnknownMemberId, []));
        if (State is GroupState.Stable or GroupState.CompletingRebalance) Rebalance();
        else if (State == GroupState.PreparingRebalance) CompleteIfAllJoined();
        SetTimer();
    }

    TimeSpan LongestRebalance() => _members.Count == 0 ? TimeSpan.Zero : _members.Max(member => member.Request.RebalanceTimeout);

    void OnDeadline()
    {
        lock (_gate)
        {
            foreach (var (id, deadline) in _expected)
                if (deadline.IsOver) _expected.Remove(id);
            foreach (var member in _members.ToList())
                if (!member.IsWaiting && member.SessionEnds.IsOver) Remove(member);

            if (State == GroupState.PreparingRebalance)
            {
                if (_phaseEnds.IsOver) CompleteJoin();
                else CompleteIfAllJoined();
            }
            else if (State == GroupState.CompletingRebalance && _phaseEnds.IsOver)
            {
                foreach (var member in _members.Where(member => member.Syncing is null).ToList()) Remove(member);
            }
            SetTimer();
        }
    }

    void SetTimer()
    {
        var next = long.MaxValue;
        foreach (var deadline in _expected.Values) next = Math.Min(next, deadline.At);
        foreach (var member in _members)
            if (!member.IsWaiting) next = Math.Min(next, member.SessionEnds.At);
        if (State is GroupState.PreparingRebalance or GroupState.CompletingRebalance) next = Math.Min(next, _phaseEnds.At);
        _timer.Change(next == long.MaxValue ? Timeout.Infinite : Math.Max(1, next - Environment.TickCount64), Timeout.Infinite);
    }
}
