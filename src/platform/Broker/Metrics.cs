using System.Globalization;
using System.Text;
using Kampung.Broker.Groups;

namespace Kampung.Broker;

/// <summary>The counters in Prometheus's text format.</summary>
internal static class Metrics
{
    public static string Text(Node node)
    {
        var text = new StringBuilder();
        var counters = node.Counters;
        Add("kampung_broker_connections", "gauge", Interlocked.Read(ref counters.Connections));
        Add("kampung_broker_requests_total", "counter", Interlocked.Read(ref counters.Requests));
        Add("kampung_broker_refused_requests_total", "counter", Interlocked.Read(ref counters.RefusedRequests));
        Add("kampung_broker_produced_records_total", "counter", Interlocked.Read(ref counters.ProducedRecords));
        Add("kampung_broker_produced_bytes_total", "counter", Interlocked.Read(ref counters.ProducedBytes));
        Add("kampung_broker_fetched_bytes_total", "counter", Interlocked.Read(ref counters.FetchedBytes));
        Add("kampung_broker_topics", "gauge", node.Topics.All.Count());
        Add("kampung_broker_groups", "gauge", node.Groups.All.Count(group => group.State != GroupState.Dead));
        Add("kampung_broker_log_bytes", "gauge", node.Topics.All.Sum(topic => topic.Partitions.Sum(partition => partition.Bytes)));
        Add("kampung_broker_heap_bytes", "gauge", GC.GetTotalMemory(forceFullCollection: false));
        Add("process_working_set_bytes", "gauge", Environment.WorkingSet);
        return text.ToString();

        void Add(string name, string type, long value) => text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {type}\n{name} {value}\n");
    }
}
