/** `amt reimage`: installs machines anew from an image, unattended. */
import type { AskCode, BlockSource } from '@amtkit/core';
import type { ReimageVerdict } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { parseDuration } from '../durations.ts';
import { statusOfCode, UsageError } from '../exit.ts';
import { sizeText, spanText } from '../media/amounts.ts';
import { openNamed } from '../media/image.ts';
import type { ReimageEnd, ReimageView } from '../media/reimage-view.ts';
import { Shelf } from '../media/shelf.ts';
import { changeOptions, targetOptions } from '../options.ts';
import { Interrupted } from '../prompt.ts';
import { overMachines } from '../run.ts';
import { loadAutomation, openSession, type Session } from '../session.ts';

const { 'dry-run': dryRun, yes, plugins } = changeOptions;

const options = {
  iso: { type: 'text', describe: 'Image to install from: a path, a URL, or a name under media in the book' },
  ipxe: { type: 'text', describe: 'URL that a small image of iPXE fetches over the network of the machine instead' },
  'ipxe-image': { type: 'text', describe: 'The CD of iPXE (/usr/lib/ipxe/ipxe.iso)' },
  floppy: { type: 'text', describe: 'Image of a floppy with the answers of the installer' },
  press: { type: 'text', describe: 'Key the loader waits for, and for how long: enter, space:20, f2' },
  until: {
    type: 'text',
    describe:
      'What success is: reboot, power-off, serial:TEXT, bytes:2G, still:MINUTES; several with commas (reboot,power-off)',
  },
  within: { type: 'text', describe: 'How long it may take (2h)' },
  restore: { type: 'flag', describe: 'Switch off again at the end what had to be switched on' },
  show: { type: 'flag', describe: 'Show what the machine writes on its serial port, on stderr' },
  'dry-run': dryRun,
  yes,
  plugins,
  ...targetOptions,
} as const;

type Given = Arguments<typeof options>;

/** The command. */
export const reimage = command({
  usage: '<targets..>',
  describe: 'Install machines anew from an image: wake, attach, boot from it, watch, detach',
  note:
    'Redirection is switched on where it is off. Ctrl-C once cancels: media are detached and the boot override is ' +
    'cleared; twice leaves at once. Where somebody at the machine must consent, you are asked for the code.',
  examples: [
    ['reimage office-pc --iso debian-auto.iso', 'Until it restarts or switches itself off'],
    ['reimage office-pc --iso win --floppy answers.img --press space', 'With answers, and a key for the loader'],
    ['reimage office-pc --ipxe http://boot.lan/install.ipxe', 'From a server near the machine'],
    ['reimage @lab --iso debian --until serial:login: --yes --jsonl', 'A room, as JSON'],
  ],
  options,
  run: async (app, given) => {
    const request = await requestOf(given);
    await using shelf = new Shelf();
    await using session = await openSession(app, given.targets, given, {
      changes: given,
      library: shelf,
      consentCode: (machine) => (session.machines.length === 1 ? asking(app, machine) : undefined),
    });
    const { machines } = session;
    const image = await fill(shelf, app, session, given);
    const { name } = image;
    const plan = { title: `Reimage from ${name}`, effect: 'destructive', machines, yes: given.yes } as const;
    if (!(await confirmed(app, { ...plan, dryRun: given['dry-run'] }))) return;
    if (given['dry-run']) return await tellPlan(app, session, given, request, image);
    const cleaning = (): void =>
      app.out.say('Interrupted: cleaning up. Ctrl-C once more leaves at once, and leaves things as they are.');
    app.signal.addEventListener('abort', cleaning);
    const { ReimageView } = await import('../media/reimage-view.ts');
    using view = new ReimageView({ app, machines, serial: given.show ?? false });
    await overMachines(
      app,
      machines,
      given,
      (machine) => run(app, session, machine, request, view),
      ({ machine, data }) => {
        app.out.progress('');
        app.out.line(`${machine}: reimaged from ${name} in ${spanText(data.ms)}, ${sizeText(data.bytes)} read.`);
      },
    );
    app.signal.removeEventListener('abort', cleaning);
    // Whatever was begun has been ended, or was told.
    if (app.signal.aborted) app.begun.change = false;
  },
});

/** What the action is given. */
type Request = Readonly<Record<string, string | number | boolean>>;

/** What was asked for, as the action takes it. @throws UsageError; TypeError for a success or a key that is none */
async function requestOf(given: Given): Promise<Request> {
  const { parsePress, parseUntil } = await loadAutomation();
  const { iso, ipxe, floppy, press, until, within, restore, show } = given;
  if (iso !== undefined && ipxe !== undefined)
    throw new UsageError('Either --iso or --ipxe: a machine starts from one image.');
  const media = iso ?? ipxe;
  if (media === undefined)
    throw new UsageError('Which image? Name it with --iso: a path, a URL, or a medium of the book; or use --ipxe.');
  if (press !== undefined) parsePress(press);
  if (until !== undefined) parseUntil(until);
  return {
    media,
    ...(floppy === undefined ? {} : { floppy }),
    ...(press === undefined ? {} : { press }),
    ...(until === undefined ? {} : { until }),
    ...(within === undefined ? {} : { minutes: parseDuration(within, 'within', 1000) / 60_000 }),
    ...(restore === true ? { restore } : {}),
    ...(show === true ? { serial: true } : {}),
  };
}

/** Opens the images, which are only read and therefore the same for all machines; returns the one to start from. */
async function fill(
  shelf: Shelf,
  app: App,
  { book }: Session,
  { iso = '', ipxe, 'ipxe-image': cd, floppy }: Given,
): Promise<BlockSource> {
  const { signal } = app;
  const { driveOf, ipxeImage } = await loadAutomation();
  const image =
    ipxe === undefined
      ? await shelf.put(iso, () => openNamed(book, iso, { signal }))
      : await shelf.put(ipxe, () => ipxeImage(ipxe, { signal, ...(cd === undefined ? {} : { image: cd }) }));
  await driveOf(image, signal);
  if (floppy !== undefined) {
    await driveOf(await shelf.put(floppy, () => openNamed(book, floppy, { signal })), signal);
  }
  return image;
}

/** What came of a machine. */
interface Reimaged {
  readonly verdict: ReimageVerdict;
  readonly message: string;
  readonly bytes: number;
  readonly percent: number;
  readonly ms: number;
}

/** Begins a reimage, as the fleet does for every surface, and follows it to its end. */
async function run(
  app: App,
  { fleet }: Session,
  machine: string,
  request: Request,
  view: ReimageView,
): Promise<Reimaged> {
  const { signal } = app;
  const startedAt = performance.now();
  const told = { attached: false, booted: false };
  const changes = fleet.watch();
  const cancel = (): void => {
    fleet
      .run(machine, 'reimage.cancel', undefined, { by: 'cli' })
      .catch((error: Error) => app.out.warn(`${machine} goes on: ${error.message}`));
  };
  try {
    await fleet.run(machine, 'reimage.start', request, { by: 'cli', signal });
  } catch (error) {
    if (signal.aborted) app.out.say(`${machine}: ${undone(told)}`);
    throw error;
  }
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  let end: ReimageEnd | undefined;
  for await (const change of changes) {
    if (change.type !== 'reimage' || change.machine !== machine) continue;
    const { stage } = change;
    if (stage.stage === 'attaching') told.attached = true;
    if (stage.stage === 'booting') told.booted = true;
    view.tell(machine, stage);
    if (stage.stage !== 'finished' && stage.stage !== 'failed') continue;
    end = stage;
    break;
  }
  signal.removeEventListener('abort', cancel);
  if (end === undefined) throw new Error(`The reimage of ${machine} ended without a word.`);
  if (end.stage === 'failed') {
    if (app.signal.aborted) app.out.say(`${machine}: ${undone(told)}`);
    throw failureOfEnd(end, told.booted);
  }
  const { verdict, message, progress } = end;
  return {
    verdict,
    message,
    bytes: progress.bytes,
    percent: progress.percent,
    ms: Math.round(performance.now() - startedAt),
  };
}

/** Asks for the code at a terminal; elsewhere somebody gives it in another way. */
function asking(app: App, machine: string): AskCode | undefined {
  if (!app.prompt.possible) return undefined;
  return async ({ attempt }) => {
    app.out.progress('');
    const again = attempt > 1 ? 'That was not the code. ' : '';
    return await app.prompt.text(`${again}Code on the screen of ${machine}:`, 'amt consent send');
  };
}

/** What a cancelled reimage leaves behind. */
function undone({ attached, booted }: { readonly attached: boolean; readonly booted: boolean }): string {
  if (booted) {
    return 'cancelled. The image is detached and the boot override cleared; what it had begun to write stays written.';
  }
  return attached
    ? 'cancelled. The image is detached; the machine was not touched.'
    : 'cancelled before anything was attached.';
}

/** Failures before the machine was told to start keep their code; from then on the job failed, and few say more. */
function failureOfEnd({ code, reason, hint, error }: Extract<ReimageEnd, { stage: 'failed' }>, booted: boolean): Error {
  // Ctrl-C at the question for a code.
  if (error instanceof Interrupted) return error;
  const keeps = !booted || LOUD.has(statusOfCode[code] ?? 1);
  const { busy, lockedUntil } = (error ?? {}) as { readonly busy?: boolean; readonly lockedUntil?: Date };
  return Object.assign(new Error(reason), { code: keeps ? code : 'REIMAGE_FAILED', hint, busy, lockedUntil });
}

/** Exit codes that count whenever they come: credentials, consent, the job's own, an interruption. */
const LOUD: ReadonlySet<number> = new Set([4, 9, 12, 130]);

/** `--dry-run`: what would be done, after a look at the machines. */
async function tellPlan(
  app: App,
  session: Session,
  given: Given,
  request: Request,
  { name, size }: BlockSource,
): Promise<void> {
  const { parseUntil, untilText } = await loadAutomation();
  const until = parseUntil(given.until ?? 'reboot,power-off')
    .map(untilText)
    .join(', or ');
  await overMachines(
    app,
    session.machines,
    given,
    async (machine) => {
      await session.fleet.run(machine, 'reimage.start', request, { by: 'cli', dryRun: true });
      const { features, power } = await session.fleet.machine(machine, { signal: app.signal });
      const { ider, listener } = await features.read();
      const state = await power.state();
      const off = [...(ider ? [] : ['storage redirection']), ...(listener ? [] : ['the redirection listener'])];
      return { dryRun: true, image: name, bytes: size, power: state, switchOn: off, until };
    },
    ({ machine, data }) => {
      app.out.line(`Would do on ${machine}, which is ${data.power}:`);
      if (data.switchOn.length > 0) app.out.line(`  switch on ${data.switchOn.join(' and ')}`);
      app.out.line(`  attach ${name}, ${sizeText(size)}`);
      app.out.line(`  ${data.power === 'on' ? 'reset it' : 'switch it on'}, booting from the image once`);
      app.out.line(`  serve the image until ${until}; then detach it`);
    },
  );
}
