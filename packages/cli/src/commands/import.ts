/** `amt import`: machines from lists of other programs into the book. */
import { readFile } from 'node:fs/promises';
import type { ImportResult } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { loadAutomation, openBookOf, openStateOf } from '../session.ts';

/** The command. */
export const importList = command({
  usage: '<file>',
  describe: 'Add machines from a list: MeshCommander, CSV with a head line, JSON, one host a line',
  examples: [
    ['import computerlist.json', 'A list of MeshCommander; its password is asked for if it has one'],
    ['import machines.csv --tags lab --credentials lab', 'A table with the columns name and host'],
    ['import machines.csv --dry-run', 'Say what would be added'],
  ],
  options: {
    file: { type: 'text', describe: 'The list' },
    tags: { type: 'text', describe: 'Tags for all of them, such as lab,floor-2' },
    credentials: { type: 'text', describe: 'Credentials of the book for those that bring none' },
    'password-stdin': { type: 'flag', describe: 'Read the password of an encrypted list from stdin' },
    'dry-run': { type: 'flag', alias: 'n', describe: 'Say what would be added, and change nothing' },
  },
  run: async (app, given) => {
    const { importMachines, isEncryptedList } = await loadAutomation();
    const file = given.file ?? '';
    const bytes = await read(file);
    const book = await openBookOf(app, 'add');
    const state = await openStateOf(app);
    const credentials = given.credentials;
    if (credentials !== undefined && !book.credentials.has(credentials)) {
      throw new UsageError(`The book has no credentials called ${credentials}.`);
    }
    const list = await importMachines(bytes, {
      machines: book.machines,
      realmOf: (name) => state.machine(name)?.realm,
      ...(isEncryptedList(bytes) ? { password: await listPassword(app, given['password-stdin'], file) } : {}),
    });
    const tags = (given.tags ?? '').split(',').filter((tag) => tag !== '');
    const fresh = list.machines.filter(({ known }) => !known);
    if (!given['dry-run']) {
      await book.edit((draft) => {
        for (const { name, entry } of fresh) {
          const all = [...new Set([...(entry.tags ?? []), ...tags])];
          const bringsNone = entry.password === undefined && entry.credentials === undefined;
          const { user: _, ...rest } = entry;
          draft.addMachine(name, {
            ...(bringsNone && credentials !== undefined ? { ...rest, credentials } : entry),
            ...(all.length === 0 ? {} : { tags: all }),
          });
        }
      });
    }
    report(app, list, file, given['dry-run'] ?? false);
  },
});

function report(app: App, list: ImportResult, file: string, dryRun: boolean): void {
  for (const { name, entry, known, row, notes } of list.machines) {
    const done = known ? 'In the book already:' : dryRun ? 'Would add' : 'Added';
    app.out.line(`${done} ${name} (${entry.host}).`);
    for (const note of notes) app.out.say(`  ${name}: ${note}`);
    app.out.result({
      machine: name,
      ok: true,
      data: { added: !known && !dryRun, known, row, host: entry.host, notes },
    });
  }
  for (const { row, text } of list.problems) {
    const error = Object.assign(new TypeError(`${file}, row ${row}: ${text}`), { code: 'USAGE' });
    app.out.result({ machine: null, ok: false, error: { code: error.code, message: error.message } });
  }
  if (list.problems.length > 0) app.exit(list.machines.length === 0 ? 2 : 11);
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`The list ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}.`);
  }
}

function listPassword(app: App, fromStdin: boolean | undefined, file: string): Promise<string> {
  if (fromStdin) return app.prompt.lineOfStdin('password-stdin');
  return app.prompt.secret(`Password of the list ${file}:`, '--password-stdin');
}
