/** One run of a reimage: its steps up to the start of the PC, and cleaning up after it. */
import { AmtError, Cancelled, ConsentRequired, ImageFailed, NotSupported } from '../../errors.ts';
import { megabytes } from '../../machine/amounts.ts';
import { askConsent } from '../../machine/ask-consent.ts';
import type { ConsentInfo, PowerState } from '../../machine/machine.ts';
import type { MediaStart, MediaUnit } from '../../machine/sessions.ts';
import { pause, until } from '../../machine/waiting.ts';
import type { BlockSource } from '../../redirection/ider/image.ts';
import { contention } from '../contention.ts';
import { type ServedMedia, serveMedia } from '../media.ts';
import { openSerialLine, type SerialLine, type SerialLineEvent } from '../serial-line.ts';
import { putBack, type SwitchedOn, switchedOff, switchOn } from '../switch-on.ts';
import { inspectMedium } from './medium.ts';
import type { ReimageMachine } from './options.ts';
import type { ReimagePlan } from './plan.ts';
import { noProgress, progressOf } from './progress.ts';
import { keepScreen, mustHaveScreen, type ReimageScreen, usesScreen } from './screen.ts';
import type { ReimageNote, ReimageStage, ReimageStageName, ReimageVerdict } from './stages.ts';
import { createStartLog } from './start-log.ts';
import { watch } from './watch.ts';

type Told = ReimageStage extends infer S ? (S extends ReimageStage ? Omit<S, 'at'> : never) : never;

/** How a run ended. */
type End =
  | { readonly ok: true; readonly verdict: ReimageVerdict; readonly message: string }
  | {
      readonly ok: false;
      readonly code: string;
      readonly reason: string;
      readonly hint?: string | undefined;
      readonly error?: Error | undefined;
    };

/** A run. It never throws: what goes wrong is its last stage. */
export class Recipe {
  readonly #reach: (signal?: AbortSignal) => Promise<ReimageMachine>;
  readonly #plan: ReimagePlan;
  readonly #signal: AbortSignal;
  readonly #send: (stage: ReimageStage) => void;
  #stage: ReimageStageName = 'checking';
  #unit: MediaUnit = 'cd';
  #switchedOn: SwitchedOn = [];
  #served: ServedMedia | undefined;
  #serial: SerialLine | undefined;
  #reading: Promise<void> = Promise.resolve();
  #screen: ReimageScreen | undefined;
  #usesScreen = false;
  /** Hears what the PC writes once it was told to start. */
  #onSerial: (text: string) => void = () => {};
  #readBefore = 0;
  #consentGiven: ConsentInfo = { required: 'none', state: 'not-started' };
  #consentAsked = false;
  #overrideSet = false;

  constructor(
    reach: (signal?: AbortSignal) => Promise<ReimageMachine>,
    plan: ReimagePlan,
    send: (stage: ReimageStage) => void,
    signal: AbortSignal,
  ) {
    this.#reach = reach;
    this.#plan = plan;
    this.#send = send;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const end = await this.#steps().catch((error: unknown) => this.#failure(error));
    const progress =
      this.#served === undefined ? noProgress : progressOf(this.#served.statistics, this.#unit, this.#readBefore);
    const { ok, ...how } = end;
    await this.#cleanUp(ok);
    if ('verdict' in how) this.#emit({ stage: 'finished', ...how, progress });
    else this.#emit({ stage: 'failed', message: how.reason, ...how, progress });
  }

  async #steps(): Promise<End> {
    this.#emit({ stage: 'checking', message: `Looking at the PC and at ${this.#plan.name}.` });
    this.#unit = await this.#checkMedia();
    const machine = await this.#reach(this.#signal);
    await this.#checkMachine(machine);
    await this.#consent(machine);
    await this.#enable(machine);
    await this.#attach();
    const startLog = createStartLog(async () => (await this.#reach(this.#signal)).eventLog);
    await startLog.begin().catch(() => {});
    await this.#boot();
    return await watch({
      host: machine.host,
      unit: this.#unit,
      plan: this.#plan,
      reach: this.#reach,
      served: this.#served as ServedMedia,
      readBefore: this.#readBefore,
      serial: this.#serial,
      screen: this.#screen,
      hearSerial: (heard) => {
        this.#onSerial = heard;
      },
      startLog,
      emit: (told) => this.#emit(told),
      signal: this.#signal,
    });
  }

  // — the steps —

  async #checkMedia(): Promise<MediaUnit> {
    const { media, floppy } = this.#plan;
    const { unit } = await until(inspectMedium(media, this.#signal), this.#signal);
    if (floppy === undefined) return unit;
    if (unit === 'floppy') {
      throw new ImageFailed(`${media.name} is a disk image and takes the floppy drive, which ${floppy.name} needs.`, {
        image: media.name,
        hint: 'Take a CD image, or put the answers into the disk image.',
      });
    }
    if (floppy.size === 0 || floppy.size % 512 !== 0) {
      const image = floppy.name;
      throw new ImageFailed(`${image} is no floppy image: it has ${floppy.size} bytes, no whole number of sectors.`, {
        image,
      });
    }
    return unit;
  }

  async #checkMachine({ host, boot, power }: ReimageMachine): Promise<void> {
    const supported = await this.#step(boot.supported());
    if (!supported.includes(this.#target)) {
      throw new NotSupported(`${host} cannot start from redirected drives; it offers ${supported.join(', ')}.`, {
        host,
        hint: 'Look for redirection (IDE-R, USB-R) in the BIOS and in MEBx.',
      });
    }
    if ((await this.#step(power.state())) === 'sleep') {
      this.#emit({ stage: 'checking', message: `${host} sleeps and is woken.` });
      await power.on({ wait: true, signal: this.#signal });
    }
  }

  async #consent(machine: ReimageMachine): Promise<void> {
    this.#consentGiven = await this.#step(machine.consent.read());
    const { required, state } = this.#consentGiven;
    const demanded = required === 'all' || (required === 'kvm' && mustHaveScreen(this.#plan));
    if (!demanded || state === 'received' || state === 'in-session') return;
    if ((await this.#step(machine.power.state())) !== 'on') {
      const message = `${machine.host} is switched on: it must show a code, which somebody there reads out.`;
      this.#emit({ stage: 'consent', state, message });
      await machine.power.on({ wait: true, signal: this.#signal });
    }
    this.#consentAsked = true;
    await askConsent(machine, {
      consentMs: this.#plan.patience.consentMs,
      pollMs: this.#plan.patience.pollMs,
      consentCode: this.#plan.consentCode,
      tell: (state, message) => this.#emit({ stage: 'consent', state, message }),
      signal: this.#signal,
    });
    this.#consentGiven = { required, state: 'received' };
  }

  async #enable({ host, features }: ReimageMachine): Promise<void> {
    const now = await this.#step(features.read());
    this.#usesScreen = usesScreen(this.#plan, now, this.#consentGiven, host);
    const wanted: readonly ('ider' | 'sol' | 'kvm')[] = [
      'ider',
      ...(this.#needsSerial ? (['sol'] as const) : []),
      ...(this.#usesScreen ? (['kvm'] as const) : []),
    ];
    const off = switchedOff(now, wanted);
    const message = off.length === 0 ? `All is switched on at ${host}.` : `Switching on at ${host}: ${off.join(', ')}.`;
    this.#emit({ stage: 'enabling', switchedOn: off, message });
    this.#switchedOn = await this.#step(off.length === 0 ? Promise.resolve([]) : switchOn(features, wanted));
    if (this.#plan.serial !== false && (this.#needsSerial || now.sol)) await this.#openSerial();
    await this.#openScreen();
  }

  async #attach(start: MediaStart = this.#plan.start): Promise<void> {
    const { media, name, floppy, patience } = this.#plan;
    const message = `Attaching ${name}, ${megabytes(media.size)}${floppy === undefined ? '' : `, and ${floppy.name}`}.`;
    this.#emit({ stage: 'attaching', media: name, bytes: media.size, message });
    const drives: { cd?: BlockSource; floppy?: BlockSource } =
      this.#unit === 'floppy' ? { floppy: media } : { cd: media, ...(floppy === undefined ? {} : { floppy }) };
    this.#served = await serveMedia(this.#reach, {
      ...drives,
      start,
      enable: true,
      signal: this.#signal,
      patience,
    });
  }

  async #boot(): Promise<void> {
    const machine = await this.#reach(this.#signal);
    const { host, boot, power } = machine;
    this.#overrideSet = true;
    // Waited for to its end: what is given up half-way may still arrive after it was cleared.
    await boot.once(this.#target);
    this.#signal.throwIfAborted();
    const by = actionFor(await power.state());
    const what = by === 'reset' ? 'is reset' : 'is switched on';
    this.#readBefore = this.#served?.statistics.bytesRead ?? 0;
    this.#emit({ stage: 'booting', by, message: `${host} ${what} and starts from ${this.#plan.name}.` });
    try {
      await power.request(by, { signal: this.#signal });
    } catch (error) {
      if (!contention(error)) throw error;
      await this.#bootAgain(machine, error);
    }
  }

  /** A start that was refused: once more after a moment, then without an open session, which some firmware minds. */
  async #bootAgain({ host, power }: ReimageMachine, refusal: unknown): Promise<void> {
    await pause(this.#plan.patience.refusedMs, this.#signal);
    try {
      await power.request(actionFor(await power.state()), { signal: this.#signal });
      return;
    } catch (error) {
      if (!contention(error)) throw error;
    }
    const { message } = refusal as Error;
    this.#note('warning', `${message} Trying it without an open session; ${host} gets its drives right afterwards.`);
    await this.#closeSessions();
    this.#readBefore = 0;
    await power.request(actionFor(await power.state()), { signal: this.#signal });
    await this.#attach('now');
    if (this.#needsSerial) await this.#openSerial();
    await this.#openScreen();
  }

  // — the screen and the serial port —

  async #openScreen(): Promise<void> {
    if (!this.#usesScreen) return;
    this.#screen = await keepScreen(
      this.#reach,
      this.#plan,
      (note, message) => this.#note(note, message),
      this.#signal,
    );
    this.#plan.onScreen?.(this.#screen.line);
  }

  get #needsSerial(): boolean {
    const { press, pressKey, serial, until } = this.#plan;
    const read = until.some((each) => typeof each === 'object' && 'serial' in each);
    return serial === true || read || (press !== undefined && pressKey === undefined && !this.#usesScreen);
  }

  async #openSerial(): Promise<void> {
    try {
      const line = await openSerialLine(this.#reach, {
        signal: this.#signal,
        patience: this.#plan.patience,
        onEvent: (event) => this.#serialHappened(event),
      });
      this.#serial = line;
      this.#reading = this.#readSerial(line).catch((error: Error) => {
        this.#note('warning', `The serial port is lost for good: ${error.message}`);
      });
    } catch (error) {
      if (this.#needsSerial || this.#signal.aborted) throw error;
      this.#note('warning', `Going on without the serial port, which is not needed: ${(error as Error).message}`);
    }
  }

  async #readSerial(line: SerialLine): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of line) {
      const text = decoder.decode(bytes, { stream: true });
      this.#emit({ stage: 'serial', text, message: text });
      this.#onSerial(text);
    }
  }

  #serialHappened(event: SerialLineEvent): void {
    if (event.type === 'interrupted') this.#note('interrupted', `The serial port was lost: ${event.error.message}`);
    if (event.type === 'reconnected') this.#note('reattached', 'The serial port is there again.');
  }

  // — the end —

  #failure(error: unknown): End {
    if (this.#signal.aborted) {
      const reason = `The reimage from ${this.#plan.name} was cancelled while ${DOING[this.#stage]}.`;
      return { ok: false, code: 'CANCELLED', reason, error: new Cancelled(reason, { cause: this.#signal.reason }) };
    }
    if (error instanceof AmtError) {
      const hint = error instanceof ConsentRequired ? (error.hint ?? CONSENT_HINT) : error.hint;
      return { ok: false, code: error.code, reason: error.message, hint, error };
    }
    const problem = error instanceof Error ? error : new Error(String(error));
    return { ok: false, code: 'UNEXPECTED', reason: problem.message, error: problem };
  }

  /** Leaves the machine as it was, as far as it lets itself be asked. */
  async #cleanUp(ok: boolean): Promise<void> {
    const { restore } = this.#plan;
    const clear = this.#tidy('The boot override was not cleared and may hold for the next start', async () => {
      if (!ok && this.#overrideSet) await (await this.#within()).boot.clear();
    });
    await this.#tidy('The sessions did not end in good order', () => this.#closeSessions());
    // Who does not answer now is not asked for the rest.
    if (!(await clear)) return;
    const switchedOn = [...new Set([...this.#switchedOn, ...(this.#served?.switchedOn ?? [])])];
    await this.#tidy(`Still switched on are ${switchedOn.join(', ')}`, async () => {
      if (restore === true && switchedOn.length > 0) await putBack((await this.#within()).features, switchedOn);
    });
    await this.#tidy('The request for consent was not taken back', async () => {
      if (!ok && this.#consentAsked) await (await this.#within()).consent.cancel();
    });
  }

  async #closeSessions(): Promise<void> {
    await Promise.all([this.#served?.close(), this.#serial?.close(), this.#screen?.close()]);
    this.#serial = undefined;
    this.#screen = undefined;
    await this.#reading;
  }

  /** The machine, when the run is over and only tidies up. */
  #within(): Promise<ReimageMachine> {
    return this.#reach(AbortSignal.timeout(this.#plan.patience.cleanUpMs));
  }

  /** Whether it could be done. */
  async #tidy(otherwise: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await until(work(), AbortSignal.timeout(this.#plan.patience.cleanUpMs));
      return true;
    } catch (error) {
      this.#note('warning', `${otherwise}: ${(error as Error).message}`);
      return false;
    }
  }

  // — small things —

  get #target(): 'ider-cd' | 'ider-floppy' {
    return this.#unit === 'floppy' ? 'ider-floppy' : 'ider-cd';
  }

  #note(note: ReimageNote, message: string): void {
    this.#emit({ stage: 'note', note, message });
  }

  #emit(told: Told): void {
    if (told.stage !== 'note' && told.stage !== 'serial') this.#stage = told.stage;
    this.#send({ ...told, at: new Date() } as ReimageStage);
  }

  async #step<T>(work: Promise<T>): Promise<T> {
    return await until(work, this.#signal);
  }
}

/** A machine that is on is reset; firmware refuses off and cycle while a session is open. */
function actionFor(state: PowerState): 'reset' | 'on' {
  return state === 'on' || state === 'unknown' ? 'reset' : 'on';
}

const CONSENT_HINT = 'Somebody at the machine must read out the code on its screen.';

const DOING: Readonly<Record<ReimageStageName, string>> = {
  checking: 'the PC was being looked at',
  consent: 'consent was being asked for',
  enabling: 'redirection was being switched on',
  attaching: 'the image was being attached',
  booting: 'the PC was starting',
  reading: 'the PC was reading the image',
  idle: 'the PC had stopped reading the image',
  finished: 'it was ending',
  failed: 'it was ending',
};
