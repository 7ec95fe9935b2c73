/** `amt kvm record`: what the screen shows over time, into a file and a page that plays it. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { enableOptions } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { screenTeller } from '../screen/events.ts';
import { displayOf, displayOptions, keepScreenOf } from '../screen/open.ts';
import { onlyMachine } from '../serial/open.ts';
import { openSession } from '../session.ts';

/** The command. */
export const record = command({
  usage: '<target> <file>',
  describe: 'Record what the screen shows, until Ctrl-C',
  note: 'The file has a line of JSON for each change, and is whole up to its last line at any time. A lost session is brought back. With --page there is also a page that plays it in any browser, made at the end.',
  examples: [
    ['kvm record office-pc night.jsonl --page night.html', 'To look at tomorrow'],
    ['kvm record office-pc boot.jsonl --for 2m', 'The next two minutes'],
  ],
  options: {
    target: { type: 'text', describe: 'Name or address of the machine' },
    file: { type: 'text', describe: 'Where to; there must be no such file yet' },
    page: { type: 'text', describe: 'Also make this page (HTML) that plays it' },
    for: { type: 'text', describe: 'End after so long, such as 10m' },
    ...displayOptions,
    ...enableOptions,
    ...connectionOptions,
  },
  run: async (app, given) => {
    const { target = '', file = '', enable } = given;
    const display = displayOf(given);
    const limitMs = given.for === undefined ? undefined : parseDuration(given.for, 'for', 1);
    await using session = await openSession(app, [target], given, { changes: given });
    const machine = onlyMachine(session, 'amt kvm record');
    const out = await create(file);
    try {
      await using screen = await keepScreenOf(
        app,
        { session, machine, enable, display },
        screenTeller(app, machine).line,
      );
      app.out.say(
        `${machine}: recording into ${file}, until ${limitMs === undefined ? '' : `${given.for} are over or `}Ctrl-C.`,
      );
      const { recordScreen, recordingPage } = await import('@amtkit/core');
      const summary = await recordScreen(screen, (text) => put(out, text), {
        title: machine,
        signal: endOf(app, limitMs),
      });
      out.end();
      await finished(out);
      if (given.page !== undefined) await write(given.page, recordingPage(await readFile(file, 'utf8')));
      app.out.say(`${machine}: ${summary.seconds} s with ${summary.pictures} changes in ${file}.`);
      app.out.result({ machine, ok: true, data: { file, page: given.page ?? null, ...summary } });
    } finally {
      out.destroy();
    }
  },
});

/** Ctrl-C, which is the usual end, or the time. */
function endOf(app: App, limitMs: number | undefined): AbortSignal {
  void app.serve();
  return limitMs === undefined ? app.signal : AbortSignal.any([app.signal, AbortSignal.timeout(limitMs)]);
}

/** A new file. @throws UsageError */
async function create(file: string): Promise<WriteStream> {
  const out = createWriteStream(file, { flags: 'wx' });
  try {
    await once(out, 'open');
  } catch (error) {
    throw unwritable(file, error);
  }
  return out;
}

async function put(out: WriteStream, text: string): Promise<void> {
  if (!out.write(text)) await once(out, 'drain');
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(file: string, error: unknown): UsageError {
  const { code } = error as NodeJS.ErrnoException;
  return new UsageError(`${file} cannot be written: ${code === 'EEXIST' ? 'there is a file of that name' : code}.`);
}
