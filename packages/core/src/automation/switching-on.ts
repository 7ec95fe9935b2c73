/** Opens what may be switched off: serial port, drives, screen. Which switches are off is said, or they are switched on. */
import { ConnectFailed, RedirectionRefused } from '../errors.ts';
import { pause } from '../machine/waiting.ts';
import type { Fleet } from './fleet.ts';
import type { RedirectionSwitch, SwitchedOn } from './switch-on.ts';

/** What is opened, and whether it may be switched on for that. */
export interface SwitchingOn {
  readonly service: 'sol' | 'ider' | 'kvm';
  /** For the log. */
  readonly by: string;
  /** Whether to switch on what is off; a function is asked. */
  readonly enable: boolean | ((off: SwitchedOn) => Promise<boolean>);
  /** What to do about switches that stay off, as one sentence. */
  readonly hint?: (off: SwitchedOn) => string;
  /** Called with what was switched on. */
  readonly onSwitched?: (off: SwitchedOn) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens it. Where that fails because a switch is off, switches it on, as commands of the fleet, and opens again.
 * @throws RedirectionRefused naming the switches that stay off; what `open` throws
 */
export async function switchingOn<T>(
  fleet: Pick<Fleet, 'machine' | 'readMany' | 'run'>,
  machine: string,
  options: SwitchingOn,
  open: () => Promise<T>,
): Promise<T> {
  const { enable, by, hint, onSwitched, signal } = options;
  const given = signal === undefined ? {} : { signal };
  // A machine that cannot be reached at all is no matter of switches.
  await fleet.machine(machine, given);
  try {
    return await open();
  } catch (error) {
    if (!isSwitch(error)) throw error;
    const off = await switchesOff(fleet, machine, options).catch(() => []);
    if (off.length === 0) throw error;
    if (!(typeof enable === 'function' ? await enable(off) : enable)) {
      throw new RedirectionRefused(
        `${switchesText(off)} ${off.length === 1 ? 'is' : 'are'} switched off on ${machine}.`,
        {
          hint: hint?.(off),
          cause: error,
        },
      );
    }
    for (const each of off) await fleet.run(machine, `features.${each}`, true, { by, ...given });
    onSwitched?.(off);
    return await patiently(open, signal);
  }
}

/** Switches as the beginning of a sentence: `Remote desktop and the redirection listener`. */
export function switchesText(off: SwitchedOn): string {
  const text = off.map((name) => NAMES[name]).join(' and ');
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

const NAMES: Readonly<Record<RedirectionSwitch, string>> = {
  sol: 'serial over LAN',
  ider: 'storage redirection',
  kvm: 'remote desktop',
  listener: 'the redirection listener',
};

/** Nobody listens, or the service is said to be off: both look like this. */
function isSwitch(error: unknown): boolean {
  return error instanceof ConnectFailed || (error instanceof RedirectionRefused && !error.busy);
}

/** What is off, of the service and its listener. */
async function switchesOff(
  fleet: Pick<Fleet, 'readMany'>,
  machine: string,
  { service, signal }: SwitchingOn,
): Promise<SwitchedOn> {
  const needed = [service, 'listener'] as const;
  const ids = needed.map((name) => `features.${name}`);
  const values = await fleet.readMany(machine, ids, signal === undefined ? {} : { signal });
  return needed.filter((name) => values.get(`features.${name}`) === false);
}

/** How long a listener may take to be there, and how often it is looked for. */
const LISTENS_MS = 10_000;
const LOOK_MS = 250;

/** A listener that was switched on needs a moment. */
async function patiently<T>(open: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const until = performance.now() + LISTENS_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof ConnectFailed) || performance.now() > until) throw error;
      await pause(LOOK_MS, signal);
    }
  }
}
