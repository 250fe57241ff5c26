// Writes 200 records, half of them in gzip batches, and reads them back in a group.
import kafkajs from "kafkajs";

const [servers, topic, groupId] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({ brokers: [servers], logLevel: kafkajs.logLevel.ERROR });

const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
for (let i = 0; i < 200; i += 10) {
  await producer.send({
    topic,
    acks: -1,
    compression: i < 100 ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
    messages: Array.from({ length: 10 }, (_, j) => ({ key: `${i + j}`, value: `rendang ${i + j}`, headers: { from: "kafkajs" } })),
  });
}
await producer.disconnect();

const consumer = kafka.consumer({ groupId });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const read = await new Promise((resolve, reject) => {
  const messages = [];
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  consumer.run({
    eachMessage: async ({ message }) => {
      messages.push(message);
      if (messages.length === 200) resolve(messages);
    },
  });
});
await consumer.disconnect();

console.log(JSON.stringify({ values: read.map((message) => `${message.value}`), headers: read.map((message) => `${message.headers.from}`) }));
