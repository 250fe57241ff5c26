// What an administrator does: topics, settings, offsets (also by time), groups.
import kafkajs from "kafkajs";

const [servers, topic, groupId] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({ brokers: [servers], logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();

const definition = { topic, numPartitions: 3, configEntries: [{ name: "retention.ms", value: "3600000" }] };
const created = await admin.createTopics({ topics: [definition] });
const createdAgain = await admin.createTopics({ topics: [definition] });
const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
const settings = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }] });

// Ten records a minute apart, all in partition 0; six of them are from minute 4 on.
const start = Date.UTC(2026, 0, 1);
const producer = kafka.producer();
await producer.connect();
const messages = Array.from({ length: 10 }, (_, i) => ({ partition: 0, value: `${i}`, timestamp: `${start + i * 60_000}` }));
await producer.send({ topic, messages });
await producer.disconnect();
const high = await admin.fetchTopicOffsets(topic);
const byTime = await admin.fetchTopicOffsetsByTimestamp(topic, start + 4 * 60_000);

await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: "5" }, { partition: 1, offset: "0" }] });
const described = await admin.describeGroups([groupId]);
const listed = await admin.listGroups();
const committed = await admin.fetchOffsets({ groupId, topics: [topic] });
await admin.deleteGroups([groupId]);
const listedAfter = await admin.listGroups();
await admin.deleteTopics({ topics: [topic] });
const topicsAfter = await admin.listTopics();
await admin.disconnect();

console.log(
  JSON.stringify({
    created,
    createdAgain,
    partitions: metadata.topics[0].partitions.length,
    retention: settings.resources[0].configEntries.find((entry) => entry.configName === "retention.ms").configValue,
    high: high.map((partition) => partition.high),
    byTime: byTime.filter(({ partition }) => partition === 0).map(({ offset }) => offset),
    state: described.groups[0].state,
    listed: listed.groups.some((group) => group.groupId === groupId),
    committed: committed[0].partitions.map(({ offset }) => offset).filter((offset) => offset !== "-1"),
    groupDeleted: !listedAfter.groups.some((group) => group.groupId === groupId),
    topicDeleted: !topicsAfter.includes(topic),
  }),
);
