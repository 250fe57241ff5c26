// Two members share four partitions; then a third one, alone, goes on where they committed.
import kafkajs from "kafkajs";

const [servers, topic, groupId] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({ brokers: [servers], logLevel: kafkajs.logLevel.ERROR });

const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const read = [];
async function join() {
  const member = { consumer: kafka.consumer({ groupId, heartbeatInterval: 200, sessionTimeout: 6000 }), assigned: [] };
  member.consumer.on(member.consumer.events.GROUP_JOIN, ({ payload }) => (member.assigned = payload.memberAssignment[topic] ?? []));
  await member.consumer.connect();
  await member.consumer.subscribe({ topic, fromBeginning: true });
  await member.consumer.run({ eachMessage: async ({ message }) => read.push(`${message.value}`) });
  return member;
}

const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] });
await admin.disconnect();

const members = [await join(), await join()];
await until(() => members.every((member) => member.assigned.length === 2));
const assigned = members.map((member) => member.assigned);

const producer = kafka.producer();
await producer.connect();
await producer.send({ topic, messages: Array.from({ length: 100 }, (_, i) => ({ key: `${i}`, value: `${i}` })) });
await until(() => read.length >= 100);
for (const member of members) await member.consumer.disconnect();
const first = read.splice(0);

await producer.send({ topic, messages: [{ key: "k", value: "100" }] });
await producer.disconnect();
const after = await join();
await until(() => read.length > 0);
await after.consumer.disconnect();

console.log(JSON.stringify({ assigned, read: first, again: read }));
