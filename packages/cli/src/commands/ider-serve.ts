/** `amt ider serve`: an image as a CD or floppy of machines, until Ctrl-C. */
import type { BlockSource, MediaStart } from '@amtkit/core';
import type { ServedMedia } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { enableOptions, enabling } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { openNamed } from '../media/image.ts';
import { ServingView } from '../media/serving.ts';
import { targetOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { loadAutomation, openSession, type Session } from '../session.ts';

/** All of them at once: serving does not end. */
const { parallel: _parallel, ...several } = targetOptions;

const options = {
  image: { type: 'text', describe: 'Image of a CD or a disk: a path, a URL, or a name under media in the book' },
  floppy: { type: 'text', describe: 'Image of a floppy beside it' },
  start: {
    type: 'text',
    choices: ['onreboot', 'graceful', 'now'],
    describe: 'When the drives appear (onreboot)',
  },
  'copy-on-write': { type: 'flag', describe: 'Let machines write to the floppy, and forget it at the end' },
  writable: { type: 'flag', describe: 'Let the machine write into the file of the floppy' },
  ...enableOptions,
  ...several,
} as const;

type Given = Arguments<typeof options>;

/** The command. */
export const serve = command({
  usage: '<image> <targets..>',
  describe: 'Lend machines a CD, a floppy or both over the network, until Ctrl-C',
  note: 'A session that is lost comes back by itself. Boot from it with: amt boot ider-cd TARGET --now',
  examples: [
    ['ider serve debian.iso office-pc', 'A CD, from the next start on'],
    ['ider serve https://mirror.example/debian.iso @lab --start now', 'From a server, to a room'],
    ['ider serve debian office-pc --floppy answers.img', 'A name of the book, and a floppy'],
  ],
  options,
  run: async (app, given) => {
    app.out.stream();
    await using session = await openSession(app, given.targets, given, { changes: given });
    const { machines } = session;
    refuseOdd(given, machines);
    const view = new ServingView(app);
    const limits = { ...given, parallel: String(machines.length) };
    // An image that is none is said once, and before anybody is asked.
    const [first] = machines;
    await using drives = await openDrives(app, session, given);
    await overMachines(app, machines, limits, async (machine) => {
      if (machine === first) return await serveOne(app, { session, machine, given, drives, view });
      await using own = await openDrives(app, session, given);
      return await serveOne(app, { session, machine, given, drives: own, view });
    });
  },
});

function refuseOdd(given: Given, machines: readonly string[]): void {
  if (given.writable && given['copy-on-write']) {
    throw new UsageError('A floppy is written into its file, or beside it: take --writable or --copy-on-write.');
  }
  if (given.writable && machines.length > 1) {
    throw new UsageError(
      `${machines.length} machines cannot write into one file.`,
      'With --copy-on-write each has what it writes to itself.',
    );
  }
}

/** One machine, and what it is lent. */
interface Serving {
  readonly session: Session;
  readonly machine: string;
  readonly given: Given;
  readonly drives: Drives;
  readonly view: ServingView;
}

async function serveOne(app: App, { session, machine, given, drives, view }: Serving): Promise<Record<string, never>> {
  const { serveMedia } = await loadAutomation();
  const { fleet } = session;
  const serve = (start: MediaStart | undefined) =>
    enabling(app, { session, machine, service: 'ider', enable: given.enable }, () =>
      serveMedia((signal) => fleet.machine(machine, signal === undefined ? {} : { signal }), {
        ...drives.media,
        ...(start === undefined ? {} : { start }),
        ...(given.enable === true ? { enable: true } : {}),
        ...(app.trace === undefined ? {} : { trace: app.trace }),
        signal: app.signal,
      }),
    );
  // The images are ours, and so is the work; who may refuse an attachment is asked as for every other.
  let served: ServedMedia | undefined;
  await fleet.run(machine, 'media.attach', attachmentOf(given), {
    by: 'cli',
    signal: app.signal,
    work: async (input) => {
      served = await serve((input as { readonly start?: MediaStart }).start);
    },
  });
  if (served === undefined) throw new Error(`${machine} was lent nothing.`);
  // Ctrl-C is the usual end from here on.
  void app.serve();
  await view.follow(machine, drives.names, served);
  await fleet.run(machine, 'media.eject', undefined, { by: 'cli', work: async () => {} }).catch((error: Error) => {
    app.out.warn(`${error.message}; but the images are gone with this command.`);
  });
  return {};
}

/** What is attached, as plugins are told: the images by their names on the command line. */
function attachmentOf({ image, floppy, start }: Given): Readonly<Record<string, string>> {
  const given = { media: image, floppy, start };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Images in the drives they belong into. */
interface Drives extends AsyncDisposable {
  readonly media: { readonly cd?: BlockSource; readonly floppy?: BlockSource };
  readonly names: string;
}

/** Opens them anew for each machine: what one writes is no matter of the others. @throws UsageError, ImageFailed */
async function openDrives(app: App, { book }: Session, given: Given): Promise<Drives> {
  const { driveOf } = await loadAutomation();
  const { image: name = '', floppy } = given;
  const write = given.writable ? 'in-place' : given['copy-on-write'] ? 'copy' : undefined;
  const opened: BlockSource[] = [];
  const open = async (wanted: string, writes: typeof write): Promise<BlockSource> => {
    const source = await openNamed(book, wanted, {
      signal: app.signal,
      ...(writes === undefined ? {} : { write: writes }),
    });
    opened.push(source);
    return source;
  };
  const close = async (): Promise<void> => {
    for (const source of opened.splice(0)) await source[Symbol.asyncDispose]();
  };
  try {
    const image = await open(name, undefined);
    const unit = await driveOf(image, app.signal);
    if (floppy !== undefined && unit === 'floppy') {
      throw new UsageError(`${name} is the image of a disk, and takes the floppy drive, which ${floppy} needs.`);
    }
    if (write !== undefined && unit === 'cd' && floppy === undefined) {
      throw new UsageError('A CD is never written: --writable and --copy-on-write are about a floppy.');
    }
    const media: Drives['media'] =
      unit === 'floppy'
        ? { floppy: write === undefined ? image : await open(name, write) }
        : { cd: image, ...(floppy === undefined ? {} : { floppy: await open(floppy, write) }) };
    const names = Object.values(media).map((source: BlockSource) => source.name);
    return { media, names: names.join(' and '), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
