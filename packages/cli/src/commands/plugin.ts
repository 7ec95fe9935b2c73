/** `amt plugin`: the plugins of the book, and the folder of a new one. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ListedPlugin } from '@amtkit/core/automation';
import { type Command, command, type Group } from '../command.ts';
import { failureOf, statusOf, UsageError } from '../exit.ts';
import { loadAutomation, openBookOf } from '../session.ts';

const ls = command({
  usage: '',
  describe: 'List the plugins of the book, with what is wrong with them. None is set up',
  examples: [
    ['plugin ls', 'In the order in which they are asked'],
    ['plugin ls --json', 'As JSON'],
  ],
  options: {},
  run: async (app) => {
    const { listPlugins } = await loadAutomation();
    const book = await openBookOf(app);
    const listed = await listPlugins(book);
    if (listed.length === 0) {
      app.out.say(`The book ${book.path} lists no plugin. amt plugin new NAME begins one.`);
      return app.out.result({ machine: null, ok: true, data: { plugins: [] } });
    }
    app.out.table(
      ['plugin', 'version', 'state', 'isolation', 'machines', 'hooks'],
      listed.map((each) => [
        each.name ?? each.use,
        each.version ?? '',
        each.problem === undefined ? 'fine' : 'cannot run',
        each.isolation,
        each.machines?.join(' ') ?? '@all',
        each.hooks.join(' ') || '-',
      ]),
    );
    for (const { problem } of listed) {
      if (problem === undefined) continue;
      app.out.warn(problem.message);
      if (problem.hint !== undefined) app.out.warn(`  ${problem.hint}`);
    }
    const [first] = listed.flatMap(({ problem }) => (problem === undefined ? [] : [failureOf(problem)]));
    app.out.result({ machine: null, ok: true, data: { plugins: listed.map(dataOf) } });
    if (first !== undefined) app.exit(statusOf(first));
  },
});

function dataOf({ problem, ...about }: ListedPlugin): object {
  if (problem === undefined) return { ...about, state: 'fine' };
  const { message, hint } = problem;
  return { ...about, state: 'cannot run', problem: message, ...(hint === undefined ? {} : { hint }) };
}

const create = command({
  usage: '<name>',
  describe: 'Make the folder of a new plugin: sources, a test against a virtual PC, all that npm needs',
  examples: [
    ['plugin new quiet-hours', 'A folder amtkit-plugin-quiet-hours here'],
    ['plugin new quiet-hours --folder ~/src/quiet', 'Another folder'],
  ],
  options: {
    name: { type: 'text', describe: 'Name of the plugin: lower-case letters, digits and dashes' },
    folder: { type: 'text', describe: 'Folder to make (amtkit-plugin-NAME)' },
  },
  run: async (app, given) => {
    const { templateOf } = await import('../plugin-template.ts');
    const name = (given.name ?? '').replace(/^amtkit-plugin-/, '');
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
      throw new UsageError(
        `"${given.name}" cannot be the name of a plugin.`,
        'Lower-case letters, digits, and dashes.',
      );
    }
    const folder = resolve(given.folder ?? `amtkit-plugin-${name}`);
    if (existsSync(folder)) throw new UsageError(`${folder} is there already.`, 'Name another one with --folder.');
    const files = await templateOf(name);
    await write(folder, files).catch((error: NodeJS.ErrnoException) => {
      if (error.code === undefined) throw error;
      throw new UsageError(`${folder} cannot be made: ${error.code}.`, 'Name another one with --folder.');
    });
    app.out.line(`${folder} is made. Go on there with: npm install && npm test`);
    app.out.result({ machine: null, ok: true, data: { folder, files: Object.keys(files) } });
  },
});

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The commands. */
export const plugin: Group = {
  commands: new Map<string, Command>([
    ['ls', ls],
    ['new', create],
  ]),
};
