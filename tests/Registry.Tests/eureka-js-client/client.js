// Drives the registry with the client that Node.js services use: node client.js PORT PATH
// Each line on stdout is one thing that was seen; lines on stdin say what to do next.
import { createInterface } from 'node:readline';
import { Eureka } from 'eureka-js-client';

const [port, servicePath] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error() {}, level() {} };

const client = new Eureka({
  logger: quiet,
  eureka: {
    host: '127.0.0.1', port: Number(port), servicePath,
    heartbeatInterval: 500, registryFetchInterval: 200, maxRetries: 0, useDelta: true,
  },
  instance: {
    instanceId: 'js-1', app: 'js-service', hostName: '127.0.0.1', ipAddr: '127.0.0.1', status: 'UP',
    port: { $: 4711, '@enabled': true }, vipAddress: 'js-service,js-alias',
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: 3 },
  },
});

const say = (what) => console.log(JSON.stringify(what));
for (const event of ['registered', 'deregistered', 'heartbeat']) client.on(event, () => say({ event }));

const commands = {
  app: (name) => say({ app: name, instances: client.getInstancesByAppId(name).map((i) => `${i.instanceId} ${i.status} ${i.port.$}`) }),
  vip: (name) => say({ vip: name, instances: client.getInstancesByVipAddress(name).map((i) => i.instanceId) }),
  stop: () => client.stop(() => process.exit(0)),
};
client.start((error) => {
  say({ started: !error, error: error?.message });
  createInterface({ input: process.stdin }).on('line', (line) => {
    const [command, argument] = line.split(' ');
    commands[command](argument);
  });
});
