/** `amt export`: the machines of the book as a list for other programs. */
import { writeFile } from 'node:fs/promises';
import { command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { loadAutomation, openBookOf, openStateOf } from '../session.ts';
import { counted } from '../values.ts';

/** The command. */
export const exportList = command({
  usage: '[targets..]',
  describe: 'Write the machines of the book as a list, without secrets unless asked',
  examples: [
    ['export --format csv > machines.csv', 'A table'],
    ['export @lab --format meshcommander --output lab.json', 'A list for MeshCommander'],
  ],
  options: {
    targets: { type: 'texts', describe: 'Names and tags such as @lab (all)' },
    format: { type: 'text', choices: ['json', 'csv', 'meshcommander'], describe: 'Kind of list (json)' },
    secrets: { type: 'flag', describe: 'Put passwords into it, readable by everybody who has it' },
    output: { type: 'text', alias: 'o', describe: 'File to write; it must not be there yet' },
  },
  run: async (app, given) => {
    const { exportMachines } = await loadAutomation();
    const book = await openBookOf(app);
    const state = await openStateOf(app);
    const format = (given.format ?? 'json') as 'json' | 'csv' | 'meshcommander';
    const wanted = given.targets.flatMap((words) => words.split(','));
    const names = wanted.length === 0 ? [...book.machines.keys()] : book.select(wanted);
    const { text, notes } = await exportMachines(book, {
      format,
      names,
      secrets: given.secrets ?? false,
      learned: (name) => state.machine(name),
    });
    for (const note of notes) app.out.warn(`Note: ${note}`);
    if (given.output === undefined) app.out.line(text.trimEnd());
    else {
      await write(given.output, text);
      app.out.say(`Wrote ${counted(names.length, 'machine')} to ${given.output}.`);
    }
    const data = given.output === undefined ? { format, text, notes } : { format, file: given.output, notes };
    app.out.result({ machine: null, ok: true, data });
  },
});

/** A new file that only its owner may read: a list may hold passwords. */
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file} cannot be written: ${code === 'EEXIST' ? 'there is a file of that name' : code}.`);
  }
}
