/** `amt kvm keys`: keys and combinations of them, pressed at the screen. */
import { setTimeout as delay } from 'node:timers/promises';
import { command } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { enableOptions } from '../enable.ts';
import { connectionOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { displayOf, displayOptions, openScreenOf } from '../screen/open.ts';
import { openSession } from '../session.ts';

/** Between two combinations: a menu needs a moment to be there. */
const PAUSE_MS = 100;

/** The command. */
export const keys = command({
  usage: '<target> <keys..>',
  describe: 'Press keys at the screen, one combination after the other',
  note: 'Keys by name with + between those that are held together: ctrl+alt+del, f10, shift+tab, up, enter, super+r.',
  examples: [
    ['kvm keys office-pc ctrl+alt+del', 'The three'],
    ['kvm keys office-pc down down enter', 'Through a menu'],
    ['kvm keys office-pc f10 enter --pause 1s', 'With time in between'],
  ],
  options: {
    target: { type: 'text', describe: 'Name or address of the machine' },
    keys: { type: 'texts', describe: 'Combinations, such as ctrl+alt+del' },
    pause: { type: 'text', describe: 'Between two of them, such as 1s (100ms)' },
    ...displayOptions,
    ...enableOptions,
    ...connectionOptions,
  },
  run: async (app, given) => {
    const { target = '', keys, enable } = given;
    const display = displayOf(given);
    const pauseMs = given.pause === undefined ? PAUSE_MS : parseDuration(given.pause, 'pause');
    const [{ pressKeys }, { chord }] = await Promise.all([import('@amtkit/core'), import('@amtkit/core/protocols')]);
    // Thrown for a key that there is not, before anybody is asked for anything.
    for (const each of keys) chord(each);
    await using session = await openSession(app, [target], given, { changes: given });
    await overMachines(app, session.machines, {}, async (machine) => {
      await using screen = await openScreenOf(app, { session, machine, enable, display });
      for (const [index, each] of keys.entries()) {
        if (index > 0) await delay(pauseMs, undefined, { signal: app.signal });
        await pressKeys(screen, each, { signal: app.signal });
      }
      app.out.say(`${machine}: pressed ${keys.join(', ')}.`);
      return { keys };
    });
  },
});
