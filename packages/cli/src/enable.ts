/** Switches that serial ports, drives and screens need: which are off is said, and they are switched on when that is wanted. */
import type { SwitchedOn } from '@amtkit/core/automation';
import type { App } from './app.ts';
import type { Options } from './command.ts';
import { pluginOption } from './options.ts';
import { loadAutomation, type Session } from './session.ts';

/** The option of every command that opens a serial port or a screen, or lends drives. */
export const enableOptions = {
  enable: { type: 'flag', describe: 'Switch on what it needs where that is off' },
  ...pluginOption,
} as const satisfies Options;

/** What switching on needs. */
export interface Enabling {
  readonly session: Pick<Session, 'fleet' | 'machines'>;
  readonly machine: string;
  /** What can be switched off. */
  readonly service: 'sol' | 'ider' | 'kvm';
  readonly enable: boolean | undefined;
}

/**
 * Opens something. Where that fails because a switch is off, switches it on and opens again: with `--enable`, or when
 * the person at the terminal says so. @throws RedirectionRefused naming the switch; what `open` throws
 */
export async function enabling<T>(app: App, enabling: Enabling, open: () => Promise<T>): Promise<T> {
  const { session, machine, service, enable } = enabling;
  const { switchesText, switchingOn } = await loadAutomation();
  const listed = (off: SwitchedOn): string => `${switchesText(off)} ${off.length === 1 ? 'is' : 'are'}`;
  return await switchingOn(
    session.fleet,
    machine,
    {
      service,
      by: 'cli',
      enable: enable === true ? true : (off) => ask(app, enabling, `${listed(off)} switched off on ${machine}`),
      hint: (off) =>
        `Add --enable, or run: amt features ${machine} --${off.includes(service) ? service : 'listener'} on`,
      onSwitched: (off) => app.out.say(`${machine}: ${lowerCase(switchesText(off))} switched on.`),
      signal: app.signal,
    },
    open,
  );
}

/** The person at the terminal, where there is one and it is about one machine. */
async function ask(app: App, { session }: Enabling, is: string): Promise<boolean> {
  if (session.machines.length !== 1 || !app.prompt.possible) return false;
  return await app.prompt.confirm(`${is}. Switch on?`, '--enable');
}

function lowerCase(text: string): string {
  return `${text[0]?.toLowerCase()}${text.slice(1)}`;
}
