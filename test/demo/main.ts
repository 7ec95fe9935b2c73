/**
 * `npm run demo`: virtual vPro PCs are found, added, read, powered, booted and installed anew, through the same commands
 * and messages a person would use. Every line printed comes from a reply or a message that was really observed.
 *
 *     npm run demo             plays it and writes demo-report/
 *     npm run demo -- --stay   and leaves everything running
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Amt, type VirtualPc, type WatchedPc } from './amt.ts';
import { biosSteps } from './bios.ts';
import { Broker } from './broker.ts';
import { type Installation, prepareInstallation } from './install.ts';
import { matchingShot, type Shot } from './pictures.ts';
import { Report } from './report.ts';

const stay = process.argv.includes('--stay');
const report = new Report();
const folder = await mkdtemp(join(tmpdir(), 'amtkit-demo-'));
const amt = new Amt(folder);
const password = `Demo-${randomBytes(6).toString('hex')}-A1`;
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
let failed = false;
let broker: Broker | undefined;
let backend: Installation['backend'] = 'memory';

try {
  await Promise.race([play(), stopped.then(() => Promise.reject(new Error('interrupted')))]);
} catch (error) {
  failed = true;
  console.error(`\nThe demo ended early: ${(error as Error).message}`);
} finally {
  const file = await report.write(backend);
  console.log(`\n${failed ? 'Failed.' : 'Done.'} The report is ${file}`);
  if (stay && !failed) await stayUp();
  await broker?.close();
  await amt.close();
  await rm(folder, { recursive: true, force: true });
  process.exitCode = failed ? 1 : 0;
}

async function play(): Promise<void> {
  const installation = await prepareInstallation(folder);
  backend = installation.backend;
  let fourth: WatchedPc | undefined;
  const pcs = await report.step('Four virtual vPro PCs are plugged in', async () => {
    const made: VirtualPc[] = [...(await amt.simulate(3, password))];
    fourth = await amt.plugIn(password, installation.diskFile);
    made.push(fourth);
    return {
      value: made,
      evidence: made.map(
        ({ name, address, ports }) => `${name} at ${address}, ports ${Object.values(ports).join(' ')}`,
      ),
    };
  });

  await report.step('amt scan finds them', async () => {
    const found = await amt.scan(pcs);
    if (found.length !== pcs.length) throw new Error(`found ${found.length} of ${pcs.length}`);
    return { value: found, evidence: found };
  });

  await report.step('amt add asks each who it is, and writes the machine book', async () => {
    const port = await freePort();
    await writeFile(amt.book, `bridge:\n  broker:\n    embedded: { port: ${port} }\n  pollSeconds: 5\n`, {
      mode: 0o600,
    });
    broker = new Broker(port);
    const lines: string[] = [];
    for (const [index, pc] of pcs.entries()) lines.push(await amt.add(`pc-${index + 1}`, pc, password));
    return { value: undefined, evidence: lines };
  });

  await report.step('amt info reads one', async () => {
    const facts = await amt.facts('info', 'pc-1');
    return { value: undefined, evidence: facts };
  });

  await report.step('The bridge takes them to MQTT', async () => {
    amt.bridge();
    const topic = await (broker as Broker).connect();
    await (broker as Broker).until('amtkit/pc-1/availability', 'online');
    await (broker as Broker).until('amtkit/pc-1/power/state', 'off');
    return { value: undefined, evidence: [topic, 'amtkit/pc-1/availability online', 'amtkit/pc-1/power/state off'] };
  });

  await report.step('Home Assistant is told of the PC and its controls', async () => {
    const config = await (broker as Broker).first(
      (topic) => /^homeassistant\/device\/.*\/config$/.test(topic),
      (payload) => payload.includes('pc-1'),
    );
    const { components = {}, cmps = components } = JSON.parse(config.payload) as Record<
      string,
      Record<string, unknown>
    >;
    return { value: undefined, evidence: [config.topic, `${Object.keys(cmps).length} entities`] };
  });

  await report.step('A message on MQTT switches the PC on, and its state follows', async () => {
    const seen = (broker as Broker).watch('amtkit/pc-1/power/state');
    const result = await (broker as Broker).command('amtkit/pc-1/power/switch/set', 'ON');
    await (broker as Broker).until('amtkit/pc-1/power/state', 'on');
    return {
      value: undefined,
      evidence: ['power/switch/set ON', ...seen.map((state) => `power/state ${state}`), result],
    };
  });

  await report.step('Boot to BIOS setup, once', async () => {
    const input = JSON.stringify({ now: true, transaction: 'demo-bios' });
    const result = await (broker as Broker).command('amtkit/pc-1/do/boot/bios', input);
    return { value: undefined, evidence: [`do/boot/bios ${input}`, result] };
  });

  await report.step('The event log of the firmware tells the same story', async () => {
    const entries = await amt.eventLog('pc-1', (text) => /BIOS setup/i.test(text));
    return { value: undefined, evidence: entries };
  });

  await report.step('amt power off switches it off and waits for the fact', async () => {
    const lines = await amt.powerOff('pc-1');
    await (broker as Broker).until('amtkit/pc-1/power/state', 'off');
    return { value: undefined, evidence: [...lines, 'amtkit/pc-1/power/state off'] };
  });

  const look = (how: 'still' | 'moving' = 'moving'): Promise<Shot> => {
    const file = join(folder, 'screen.png');
    return matchingShot(file, () => amt.shot('pc-4', file), (fourth as WatchedPc).picture, how);
  };

  for (const { name, act } of biosSteps(amt, 'pc-4', backend)) {
    await report.step(name, async () => {
      const lines = await act();
      const { png, evidence } = await look('still');
      return { value: undefined, evidence: [...lines, evidence], pictures: [png] };
    });
  }

  const serial = await report.step('amt reimage installs one from an ISO, over the network', async () => {
    const evidence: string[] = installation.note === undefined ? [] : [`A pretend PC: ${installation.note}`];
    let written = '';
    let fastest = 0;
    let installer: Promise<Shot> | undefined;
    for await (const { type, stage, message, text, progress } of amt.reimage('pc-4', installation.iso)) {
      if (type === 'serial') written += text ?? '';
      if (type !== 'stage') continue;
      fastest = Math.max(fastest, progress?.megabytesPerSecond ?? 0);
      if (stage === 'reading') installer ??= look();
      if (stage !== 'reading' && stage !== 'note') evidence.push(`${stage}: ${message}`);
    }
    evidence.push(`read at up to ${fastest.toFixed(1)} MB/s`);
    evidence.push(...lastLines(written, 12).map((line) => `serial port | ${line}`));
    const shot = await installer;
    if (shot !== undefined) evidence.push(shot.evidence);
    return { value: written, evidence, pictures: shot === undefined ? [] : [shot.png] };
  });

  await report.step('Its disk holds what the ISO installs, bit for bit', async () => {
    const found = await installation.disk(serial);
    if (found !== installation.sha256) throw new Error(`SHA-256 is ${found}, not ${installation.sha256}`);
    return { value: undefined, evidence: [`SHA-256 ${found}`] };
  });

  await report.step('Switched on, it starts what was installed', async () => {
    const script = join(folder, 'start.expect');
    await writeFile(script, `power on\nexpect "${installation.greeting}" timeout 120s\n`);
    const lines = await amt.expect('pc-4', script);
    const { png, evidence } = await look();
    return { value: undefined, evidence: [...lines, evidence], pictures: [png] };
  });
}

/** The end of what a PC wrote, without what moves a cursor. */
function lastLines(text: string, count: number): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const plain = text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').split(/[\r\n]+/);
  return plain.filter((line) => line.trim() !== '').slice(-count);
}

async function stayUp(): Promise<void> {
  console.log(`
Everything keeps running until Ctrl-C:
  MQTT       mqtt://127.0.0.1:${broker?.port}
  book       ${amt.book}      export AMTKIT_CONFIG=${amt.book}
  state      ${amt.state}     export AMTKIT_STATE=${amt.state}
  machines   pc-1, pc-2, pc-3, pc-4 (user admin, password ${password})`);
  await stopped;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
