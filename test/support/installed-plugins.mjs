/** Run where amtkit and the shipped plugins are installed: a bridge over a book that lists them, and what comes of it as JSON. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { openBook } from '@amtkit/core/automation';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, makeIso } from '@amtkit/simulator';
import { connect } from 'mqtt';

const password = 'P@ssw0rd1';
const pc = await createSimulator({ password, speed: 0, power: 'on' });

/** The web service that drains, and that hears of reimages. */
const requests = [];
const arrived = { drain: Promise.withResolvers(), told: Promise.withResolvers() };
const service = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const path = request.url.slice(1);
  requests.push({ path, body: JSON.parse(body) });
  response.writeHead(204).end();
  arrived[path].resolve(JSON.parse(body));
}).listen(0, '127.0.0.1');
await once(service, 'listening');
const url = `http://127.0.0.1:${service.address().port}`;

await writeFile('install.iso', makeIso({ files: { 'README.TXT': new TextEncoder().encode('Nothing to install.') } }));
const { wsmanTls: wsman, redirectionTls: redirection } = pc.ports;
const book = {
  machines: { pc: { host: pc.host, ports: { wsman, redirection }, password } },
  media: { nothing: { path: resolve('install.iso') } },
  bridge: { broker: { embedded: { port: 0 } } },
  plugins: [
    { use: 'amtkit-plugin-drain-before-power-off', options: { url: `${url}/drain` } },
    {
      use: 'amtkit-plugin-wake-schedule',
      options: { wake: [{ at: '07:30' }], timeZone: 'Europe/Berlin' },
      isolation: 'worker',
    },
    { use: 'amtkit-plugin-reimage-webhook', options: { url: `${url}/told` }, isolation: 'worker' },
  ],
};
await writeFile('try.yaml', JSON.stringify(book), { mode: 0o600 });

const lines = [];
const bridge = await createBridge({ book: await openBook('try.yaml'), log: (line) => lines.push(line) });
await bridge.ready;
const client = connect(bridge.brokerUrl);
await once(client, 'connect');
const results = [];
let info;
client.on('message', (topic, payload) => {
  if (topic === 'amtkit/bridge/main/info') info = JSON.parse(payload.toString());
  else results.push(JSON.parse(payload.toString()));
});
await client.subscribeAsync(['amtkit/pc/result', 'amtkit/bridge/main/info']);

async function until(look, what) {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`${what} did not come. ${lines.join('\n')}`);
}

await client.publishAsync('amtkit/pc/power/switch/set', 'OFF');
const { code, message } = await until(() => results.find(({ ok }) => ok === false), 'The veto');
await arrived.drain.promise;
const off = await until(() => pc.firmware.state.power !== 'on', 'The end of power');
await client.publishAsync('amtkit/pc/do/reimage/start', JSON.stringify({ media: 'nothing' }));
await until(() => results.find(({ action, ok }) => action === 'reimage.start' && ok), 'The reimage');
await client.publishAsync('amtkit/pc/do/reimage/cancel', '');
const { event, machine, media } = await arrived.told.promise;
await until(() => info, 'What the bridge is');
const shipped = ['drain-before-power-off', 'wake-schedule', 'reimage-webhook'];
process.stdout.write(
  JSON.stringify({
    vetoed: code,
    reason: message,
    drained: requests.filter(({ path }) => path === 'drain').map(({ body }) => body),
    off,
    told: { event, machine, media },
    nextWakeUp: lines.find((line) => line.includes('wake-up')),
    plugins: info.plugins
      .filter(({ name }) => shipped.includes(name))
      .map(({ name, version, isolation, state }) => [name, version, isolation, state]),
  }),
);
await client.endAsync();
await bridge.close();
await pc.close();
service.close();
