/** `amt kvm type`: text, typed at the screen. */
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { enableOptions } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { displayOf, displayOptions, layoutOf, layoutOptions, openScreenOf } from '../screen/open.ts';
import { openSession } from '../session.ts';

const options = {
  target: { type: 'text', describe: 'Name or address of the machine' },
  text: { type: 'text', describe: 'What to type; - reads it from stdin' },
  enter: { type: 'flag', describe: 'Press Enter behind it' },
  ...layoutOptions,
  ...displayOptions,
  ...enableOptions,
  ...connectionOptions,
} as const;

/** The command. */
export const type = command({
  usage: '<target> <text>',
  describe: 'Type text at the screen, as on its keyboard',
  note:
    'The firmware passes on keys and not characters: name the layout that the machine itself is set to with --layout. ' +
    'What that keyboard does not have is refused before anything is typed. The end of a line of stdin is Enter.',
  examples: [
    ['kvm type office-pc root --enter', 'A name at the log-in'],
    ['kvm type office-pc "grüße" --layout de', 'A machine with a German keyboard'],
    ['kvm type office-pc - < commands.txt', 'What is in a file'],
  ],
  options,
  run: async (app, given) => {
    const { target = '', enable } = given;
    const display = displayOf(given);
    const [{ typeText, keyboardLayouts }, { typing }] = await Promise.all([
      import('@amtkit/core'),
      import('@amtkit/core/protocols'),
    ]);
    const layout = layoutOf(given);
    const text = await textOf(app, given);
    // Thrown for what cannot be typed, before anybody is asked for anything.
    typing(text, keyboardLayouts[layout]);
    await using session = await openSession(app, [target], given, { changes: given });
    await overMachines(app, session.machines, {}, async (machine) => {
      await using screen = await openScreenOf(app, { session, machine, enable, display });
      await typeText(screen, text, layout, { signal: app.signal });
      app.out.say(`${machine}: typed.`);
      return { characters: [...text].length };
    });
  },
});

/** @throws UsageError */
async function textOf(app: App, given: Arguments<typeof options>): Promise<string> {
  const { text = '', enter } = given;
  if (text === '-' && given['password-stdin'] === true) {
    throw new UsageError('Only one of - and --password-stdin can have stdin.');
  }
  const typed = text === '-' ? await app.prompt.restOfStdin() : text;
  if (typed === '' && enter !== true) throw new UsageError('There is nothing to type.');
  return enter === true ? `${typed}\n` : typed;
}
