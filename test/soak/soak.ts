/** Three bridges, one broker and two hundred PCs, harmed again and again while commands come; and the account of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '@amtkit/core/streams';
import { mosquitto } from '../support/mosquitto.ts';
import { password } from '../support/password.ts';
import { SoakBridge } from './bridges.ts';
import { Commander } from './commander.ts';
import { faults } from './faults.ts';
import { type SoakPc, soakPcs } from './pcs.ts';
import { retainedBy, wrongStates } from './truth.ts';

/** How a soak is done. */
export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** One line for people. */
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface SoakAccount {
  readonly commands: number;
  /** Commands that were answered. */
  readonly results: number;
  /** Things done twice, and commands with two different answers; one sentence each. */
  readonly duplicates: readonly string[];
  /** What the broker says in the end that is not so. */
  readonly wrong: readonly string[];
  /** Memory in MB of the one bridge that was never ended. */
  readonly rssFirst: number;
  readonly rssLast: number;
  /** How many commands were answered with each word. */
  readonly codes: ReadonlyMap<string, number>;
  /** How many were given again. */
  readonly again: number;
  readonly harms: ReadonlyMap<string, number>;
}

const PCS = 200;
const BRIDGES = ['attic', 'cellar', 'office'];
const PER_SECOND = 10;

/** Does it. Needs mosquitto. */
export async function soak({ minutes, seed, say }: SoakOptions): Promise<SoakAccount> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-soak-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const pcs = await soakPcs(PCS);
  stack.defer(async () => void (await Promise.all(pcs.map(({ simulator }) => simulator.close()))));
  // The broker keeps for a client what a birth of Home Assistant brings at once.
  const broker = stack.use(await mosquitto('max_queued_messages 100000', 'max_inflight_messages 100'));
  const book = join(folder, 'amtkit.yaml');
  await writeFile(book, bookText(pcs), { mode: 0o600 });
  const bridges: SoakBridge[] = [];
  for (const id of BRIDGES) bridges.push(stack.use(await SoakBridge.make(id, broker.port, book, folder)));
  for (const bridge of bridges) bridge.start();
  const commander = new Commander(broker.url, `s${seed}`);
  stack.defer(() => commander.close());

  const random = seededRandom(seed);
  await untilRight(broker.url, pcs, SETTLE_MS);
  const rssFirst = await (bridges[0] as SoakBridge).rss();
  say(`${PCS} PCs are watched by ${BRIDGES.length} bridges; ${minutes} minutes of seed ${seed} begin.`);
  const harms = new Map<string, number>();
  const end = performance.now() + minutes * 60_000;
  const giving = setInterval(() => {
    if (commander.connected) give(commander, pcs, random);
  }, 1000 / PER_SECOND);
  while (performance.now() < end) {
    await pause(2000 + random() * 3000);
    const fault = faults[Math.floor(random() * faults.length)] as (typeof faults)[number];
    const seconds = ((end - performance.now()) / 1000).toFixed(0);
    say(`${seconds} s left, ${commander.unanswered.length} of ${commander.given.size} unanswered: ${fault.name}.`);
    harms.set(fault.name, (harms.get(fault.name) ?? 0) + 1);
    await fault.run({ broker, bridges, pcs, commander, random });
  }
  clearInterval(giving);
  say('No more harm, no more commands; what is open ends now.');
  const deadline = performance.now() + ANSWER_MS;
  while (commander.unanswered.length > 0 && performance.now() < deadline) await pause(200);
  const wrong = await untilRight(broker.url, pcs, SETTLE_MS);
  const given = [...commander.given.values()];
  return {
    commands: given.length,
    results: given.length - commander.unanswered.length,
    duplicates: duplicatesAmong(commander, pcs),
    wrong,
    rssFirst,
    rssLast: await (bridges[0] as SoakBridge).rss(),
    codes: counted(given.map(({ code }) => code ?? 'none')),
    again: given.filter(({ times }) => times > 1).length,
    harms,
  };
}

/**
 * How long bridges may take to know everything, and to answer everything, milliseconds: a PC that was away is asked again
 * after two minutes at most.
 */
const SETTLE_MS = 240_000;
const ANSWER_MS = 90_000;

function give(commander: Commander, pcs: readonly SoakPc[], random: () => number): void {
  const { name } = pcs[Math.floor(random() * pcs.length)] as SoakPc;
  const dice = random();
  const what = dice < 0.6 ? 'name' : dice < 0.75 ? 'reset' : dice < 0.85 ? 'on' : dice < 0.9 ? 'off' : 'boot';
  commander.give(name, what, random() < 0.1 ? 2 : 1);
}

/** What is wrong, as soon as nothing is, or when the time is over. */
async function untilRight(url: string, pcs: readonly SoakPc[], withinMs: number): Promise<readonly string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const wrong = wrongStates(await retainedBy(url), pcs);
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await pause(1000);
  }
}

function duplicatesAmong(commander: Commander, pcs: readonly SoakPc[]): readonly string[] {
  const twice: string[] = [];
  const powers = new Map<string, number>();
  for (const [transaction, { machine, kind, results }] of commander.given) {
    if (results.size > 1) twice.push(`${transaction} has ${results.size} answers: ${[...results].join(' ')}`);
    if (kind === 'power') powers.set(machine, (powers.get(machine) ?? 0) + 1);
  }
  for (const { name, named, powered } of pcs) {
    for (const [value, times] of named) if (times > 1) twice.push(`${name} was named ${value} ${times} times`);
    const most = powers.get(name) ?? 0;
    if (powered > most) twice.push(`the power of ${name} was changed ${powered} times by ${most} commands`);
  }
  return twice;
}

function counted(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function bookText(pcs: readonly SoakPc[]): string {
  const machines = pcs.map(
    ({ name, simulator: { host, ports } }) =>
      `  ${name}: { host: ${host}, tls: 'off', ports: { wsman: ${ports.wsman}, redirection: ${ports.redirection} }, credentials: lab }`,
  );
  const lines = [
    `credentials: { lab: { password: "${password}" } }`,
    'bridge: { pollSeconds: 5 }',
    'machines:',
    ...machines,
  ];
  return `${lines.join('\n')}\n`;
}
