/** The flows of the import menu, run as they are shipped: only ports, addresses and intervals are those of the test. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { needs } from '@amtkit/core/testing';
import type { Simulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { hashOfDisk } from './support/disk.ts';
import { installedSum, installerCd, pretendPc } from './support/installer.ts';
import { mosquitto } from './support/mosquitto.ts';
import { type Listener, listen } from './support/mqtt.ts';
import { type FlowNode, nodeRedVersions, tell } from './support/node-red.ts';
import { Lab, type LabOptions } from './support/node-red-lab.ts';
import { mediaFor } from './support/real-guest.ts';
import { pngPicture } from './support/same-picture.ts';

const patience = { timeout: 90_000 };
const soon = { timeout: 20_000 };

/** A flow of the import menu; nodes of a type, or of a name, get other settings. */
async function example(
  name: string,
  changed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Promise<FlowNode[]> {
  const file = new URL(`../packages/node-red-nodes/examples/${name}.json`, import.meta.url);
  const nodes = JSON.parse(await readFile(file, 'utf8')) as FlowNode[];
  return nodes.map((node) => ({ ...node, ...changed[node.type], ...changed[String(node.name)] }));
}

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});
function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

describe.each(nodeRedVersions)('In %s', needs('peers'), (version) => {
  async function lab(options: LabOptions): Promise<Lab> {
    return keep(await Lab.open(version, options));
  }

  /** The flow on a broker of its own. It has subscribed when a probe comes through, which is asked for last. */
  async function onBroker(
    there: Lab,
    changed: Parameters<typeof example>[1] = {},
    before: (ear: Listener) => Promise<void> = async () => {},
  ): Promise<Listener> {
    const broker = keep(await mosquitto());
    const ear = keep(await listen(broker.url));
    await before(ear);
    const nodes = await example('Reimage on trigger', { 'mqtt-broker': { port: String(broker.port) }, ...changed });
    const asks = nodes.find(({ type }) => type === 'mqtt in') as FlowNode;
    const probe = { ...asks, id: 'probe', topic: 'probe', wires: [['probed']] };
    await there.nodeRed.deploy([...nodes, probe, { ...tell('probed'), z: asks.z as string }]);
    await expect
      .poll(async () => {
        await ear.say('probe', 'anybody there?');
        return there.nodeRed.told.some(({ name }) => name === 'probed');
      }, soon)
      .toBe(true);
    return ear;
  }

  describe('“Reimage on trigger”', needs('mosquitto'), () => {
    const withPretendPc = async () => {
      const pc = pretendPc();
      const there = await lab({ pcs: { 'office-pc': { hardware: pc } }, media: { debian: installerCd() } });
      return { pc, there, ear: await onBroker(there) };
    };

    it('installs a PC when a message is published, and tells how it goes', patience, async () => {
      const { pc, ear } = await withPretendPc();
      await ear.say('reimage/office-pc', 'please');
      expect(await ear.json('reimage/office-pc/result')).toMatchObject({ ok: true, verdict: 'power-off' });
      expect(pc.disk.sha256).toBe(installedSum);
      const stages = ear.on('reimage/office-pc/stage');
      expect(stages).toEqual(expect.arrayContaining(['checking', 'attaching', 'booting', 'reading']));
      expect(await ear.json('reimage/office-pc/progress')).toMatchObject({ percent: expect.any(Number) });
    });

    it('installs one for whoever posts to it, and says at once that it has begun', patience, async () => {
      const { pc, there, ear } = await withPretendPc();
      const response = await fetch(`${there.nodeRed.url}/reimage/office-pc`, { method: 'POST' });
      expect(response.status).toBe(202);
      expect(await ear.json('reimage/office-pc/result')).toMatchObject({ ok: true });
      expect(pc.disk.sha256).toBe(installedSum);
    });

    it('leaves a retained message alone, which would install at every connect', patience, async () => {
      const pc = pretendPc();
      const there = await lab({ pcs: { 'office-pc': { hardware: pc } }, media: { debian: installerCd() } });
      const earlier = (ear: Listener) => ear.say('reimage/office-pc', 'please', { retain: true });
      const ear = await onBroker(there, {}, earlier);
      expect(ear.on('reimage/office-pc/stage').length + ear.on('reimage/office-pc/result').length).toBe(0);
      expect(pc.disk.system).toBe('factory');
    });
  });

  it('“Reimage on trigger” boots a real guest from the installer, and its disk holds what it should', {
    timeout: 300_000,
    ...needs('mosquitto', 'qemu'),
  }, async (context) => {
    const media = await mediaFor(context);
    const qemu = { accelerator: 'tcg', redirectedCd: 'scsi', disk: { size: 64 * 1024 ** 2, bus: 'virtio' } } as const;
    const there = await lab({
      pcs: { 'office-pc': { speed: 20, qemu } },
      book: { media: { debian: { path: media.install } } },
    });
    const ear = await onBroker(there, { 'amt-reimage': { until: 'power-off' } });
    await ear.say('reimage/office-pc', 'please');
    const over = () => ear.on('reimage/office-pc/result')[0];
    await expect.poll(over, { timeout: 240_000, interval: 500 }).toBeDefined();
    expect(JSON.parse(over() ?? '')).toMatchObject({
      ok: true,
      verdict: 'power-off',
      message: expect.stringMatching(/has switched itself off/),
    });
    const guest = (there.pcs['office-pc'] as Simulator).qemu;
    await guest?.apply('off');
    expect(await hashOfDisk(guest?.disk ?? '', media.image.bytes)).toBe(media.image.sha256);
  });

  it('“Wake before work” powers PCs, and says which does not follow', patience, async () => {
    const there = await lab({ pcs: { 'office-pc': {} } });
    const flow = await example('Wake before work', {
      'is on': { ...tell('on'), id: 'on' },
      'did not wake': { ...tell('failed'), id: 'failed' },
    });
    const rewired = flow.map((node) =>
      node.type === 'amt-power'
        ? { ...node, wires: [['on']] }
        : node.type === 'catch'
          ? { ...node, wires: [['failed']] }
          : node,
    );
    await there.nodeRed.deploy(rewired);
    const button = flow.find(({ type }) => type === 'inject')?.id;
    await there.nodeRed.admin(`/inject/${button}`, { method: 'POST' });
    expect(await there.nodeRed.message('on')).toMatchObject({ payload: 'on' });
    expect(await there.nodeRed.message('failed')).toMatchObject({
      error: { message: expect.stringContaining('There is no machine called "front-desk" in the book') },
    });
    expect(there.pcs['office-pc']?.firmware.state.power).toBe('on');
  });

  it('“Screen to a webhook on failure” posts a picture of the PC', patience, async () => {
    const hook = keep(await webhook());
    const pc = pretendPc();
    const there = await lab({
      pcs: { 'office-pc': { hardware: pc } },
      media: { debian: installerCd('poweroff', 'pause') },
    });
    const flow = await example('Screen to a webhook on failure', {
      'http request': { url: hook.url },
      'amt-reimage': { minutes: 0.02 },
    });
    await there.nodeRed.deploy(flow);
    const button = flow.find(({ type }) => type === 'inject')?.id;
    await there.nodeRed.admin(`/inject/${button}`, { method: 'POST' });
    const { headers, body } = await hook.posted();
    expect(headers).toMatchObject({ 'content-type': 'image/png', 'x-machine': 'office-pc', 'x-code': 'NOT_FINISHED' });
    expect(pngPicture(body).width).toBeGreaterThan(100);
  });
});

interface Post {
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

/** An address that something is posted to. */
async function webhook(): Promise<AsyncDisposable & { readonly url: string; posted(): Promise<Post> }> {
  const posts: Post[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    posts.push({ headers: request.headers, body: Buffer.concat(parts) });
    response.end('thanks');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async posted() {
      await expect.poll(() => posts.length, soon).toBeGreaterThan(0);
      return posts[0] as Post;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
