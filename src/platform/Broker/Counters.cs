namespace Kampung.Broker;

/// <summary>What <c>/metrics</c> counts; fields, because they are added to by many threads at once.</summary>
internal sealed class Counters
{
    public long Connections;
    public long Requests;
    public long RefusedRequests;
    public long ProducedRecords;
    public long ProducedBytes;
    public long FetchedBytes;
}
