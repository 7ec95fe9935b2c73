/** What `Ctrl-]` and one more key do. */

import type { App } from '../app.ts';
import { failureOf } from '../exit.ts';
import type { Session } from '../session.ts';
import type { EscapeTargets } from './escape.ts';
import { encodings, keyStyles, type TypingStyle } from './style.ts';

/** The way out, for whoever does not know it yet. */
export const menuHint = 'Ctrl-] q ends it, Ctrl-] ? says more.';

/** What the menu is over. */
export interface MenuOptions {
  readonly app: Pick<App, 'signal'>;
  readonly fleet: Pick<Session['fleet'], 'read' | 'run'>;
  readonly machine: string;
  /** Changed by two of the keys. */
  readonly style: Pick<TypingStyle, 'encoding' | 'keys'>;
  /** Prints lines between what the host writes. */
  readonly notice: (...lines: readonly string[]) => void;
  readonly sendBreak: () => Promise<void>;
  readonly end: () => void;
}

/** Takes the keys behind `Ctrl-]`; says whether the next one is its own, too. */
export function createMenu(options: MenuOptions): EscapeTargets['key'] {
  const { app, fleet, machine, style, notice, sendBreak, end } = options;
  const { signal } = app;
  let resetting = false;

  const tell = (work: Promise<string>): void => {
    work.then(
      (sentence) => notice(`${machine}: ${sentence}`),
      (error: unknown) => notice(failureOf(error, machine).message),
    );
  };
  const run = (id: string, done: string): void =>
    tell(fleet.run(machine, id, undefined, { by: 'cli', signal }).then(() => done));

  const keys: Readonly<Record<string, () => void>> = {
    q: end,
    '.': end,
    b: () => tell(sendBreak().then(() => 'break sent')),
    p: () => tell(fleet.read(machine, 'power.state', { signal }).then((state) => `the power is ${String(state)}`)),
    o: () => run('power.on', 'switched on'),
    r: () => {
      resetting = true;
      notice(`Reset ${machine}? What is not saved there is lost.`, 'y resets it, every other key does not.');
    },
    e: () => {
      style.encoding = next(encodings, style.encoding);
      notice(`characters of the host: ${style.encoding}`);
    },
    k: () => {
      style.keys = next(keyStyles, style.keys);
      notice(`function keys: ${style.keys}`);
    },
  };
  return (key) => {
    if (resetting) {
      resetting = false;
      if (key.toLowerCase() === 'y') run('power.reset', 'reset');
      else notice(`${machine} is not reset`);
    } else (keys[key] ?? (() => notice(...MENU)))();
    return resetting;
  };
}

const MENU = [
  'Ctrl-] and then  q  ends it         p  tells the power     b  sends a break',
  '                 o  switches on     r  resets              e  UTF-8 or CP437',
  '                 k  function keys   Ctrl-] sends Ctrl-] itself',
] as const;

function next<T>(all: readonly T[], now: T): T {
  return all[(all.indexOf(now) + 1) % all.length] ?? now;
}
