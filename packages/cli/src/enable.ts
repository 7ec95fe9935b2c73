/** Switches that serial ports, drives and screens need: which are off is said, and they are switched on when that is wanted. */
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from './app.ts';
import type { Options } from './command.ts';
import { failureOf } from './exit.ts';
import type { Session } from './session.ts';

/** The option of every command that opens a serial port or a screen, or lends drives. */
export const enableOptions = {
  enable: { type: 'flag', describe: 'Switch on what it needs where that is off' },
} as const satisfies Options;

/** A service that can be switched off. */
export type Service = 'sol' | 'ider' | 'kvm';

/** What services are called in sentences. */
const NAMES: Readonly<Record<Service | 'listener', string>> = {
  sol: 'serial over LAN',
  ider: 'storage redirection',
  kvm: 'remote desktop',
  listener: 'the redirection listener',
};

/** What switching on needs. */
export interface Enabling {
  readonly session: Pick<Session, 'fleet' | 'machines'>;
  readonly machine: string;
  readonly service: Service;
  readonly enable: boolean | undefined;
}

/**
 * Opens something. Where that fails because a switch is off, switches it on and opens again: with `--enable`, or when
 * the person at the terminal says so. @throws RedirectionRefused naming the switch; what `open` throws
 */
export async function enabling<T>(app: App, enabling: Enabling, open: () => Promise<T>): Promise<T> {
  const { session, machine, enable } = enabling;
  // A machine that cannot be reached at all is no matter of switches.
  await session.fleet.machine(machine, { signal: app.signal });
  try {
    return await open();
  } catch (error) {
    if (!isSwitch(error)) throw error;
    const off = await switchedOff(app, enabling).catch(() => []);
    if (off.length === 0) throw error;
    if (enable !== true) await ask(app, enabling, off, error);
    for (const each of off)
      await session.fleet.run(machine, `features.${each}`, true, { by: 'cli', signal: app.signal });
    app.out.say(`${machine}: ${listed(off)} switched on.`);
    return await patiently(app, open);
  }
}

/** Nobody listens, or the service is said to be off: both look like this. */
function isSwitch(error: unknown): boolean {
  const { code, busy } = failureOf(error);
  return code === 'CONNECT_FAILED' || (code === 'REDIRECTION_REFUSED' && busy !== true);
}

/** What is off, of the service and its listener. */
async function switchedOff(app: App, { session, machine, service }: Enabling): Promise<(Service | 'listener')[]> {
  const needed = [service, 'listener'] as const;
  const ids = needed.map((name) => `features.${name}`);
  const values = await session.fleet.readMany(machine, ids, { signal: app.signal });
  return needed.filter((name) => values.get(`features.${name}`) === false);
}

/** @throws RedirectionRefused where nobody can be asked, or the answer is no */
async function ask(app: App, { session, machine, service }: Enabling, off: (Service | 'listener')[], cause: unknown) {
  const alone = session.machines.length === 1;
  const is = `${capital(listed(off))} ${off.length === 1 ? 'is' : 'are'} switched off on ${machine}`;
  if (alone && app.prompt.possible && (await app.prompt.confirm(`${is}. Switch on?`, '--enable'))) return;
  const { RedirectionRefused } = await import('@amtkit/core');
  throw new RedirectionRefused(`${is}.`, {
    hint: `Add --enable, or run: amt features ${machine} --${off.includes(service) ? service : 'listener'} on`,
    cause,
  });
}

/** How long a listener may take to be there, and how often it is looked for. */
const LISTENS_MS = 10_000;
const LOOK_MS = 250;

/** A listener that was switched on needs a moment. */
async function patiently<T>(app: App, open: () => Promise<T>): Promise<T> {
  const until = performance.now() + LISTENS_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (failureOf(error).code !== 'CONNECT_FAILED' || performance.now() > until) throw error;
      await delay(LOOK_MS, undefined, { signal: app.signal });
    }
  }
}

function listed(off: readonly (Service | 'listener')[]): string {
  return off.map((name) => NAMES[name]).join(' and ');
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
