/** Looks after a PC from its start until its reimage has ended, one way or the other. */
import { AmtError, AuthenticationFailed, ConnectFailed } from '../../errors.ts';
import { megabytes, seconds } from '../../machine/amounts.ts';
import type { MediaUnit } from '../../machine/sessions.ts';
import { deferred, pause } from '../../machine/waiting.ts';
import type { ServedMedia, ServedMediaEvent } from '../media.ts';
import type { SerialLine } from '../serial-line.ts';
import { Judge, type Outcome } from './judge.ts';
import type { ReimageMachine } from './options.ts';
import type { ReimagePlan } from './plan.ts';
import { PRESS_EVERY_MS, serialKey } from './press.ts';
import { noProgress, progressOf } from './progress.ts';
import { mustHaveScreen, type ReimageScreen } from './screen.ts';
import type { ReimageNote, ReimageProgress } from './stages.ts';
import type { StartLog } from './start-log.ts';
import { isStill } from './until.ts';

/** What is watched, and who hears of it. */
export interface Watched {
  readonly host: string;
  readonly unit: MediaUnit;
  readonly plan: ReimagePlan;
  readonly reach: (signal: AbortSignal) => Promise<ReimageMachine>;
  readonly served: ServedMedia;
  /** Bytes that were read before the PC was told to start. */
  readonly readBefore: number;
  readonly serial: SerialLine | undefined;
  readonly screen: ReimageScreen | undefined;
  readonly hearSerial: (heard: (text: string) => void) => void;
  readonly startLog: StartLog;
  readonly emit: (
    told:
      | { readonly stage: 'reading' | 'idle'; readonly progress: ReimageProgress; readonly message: string }
      | { readonly stage: 'note'; readonly note: ReimageNote; readonly message: string },
  ) => void;
  readonly signal: AbortSignal;
}

/** A loader that has read so much since a key was pressed does not wait for one. */
const LOADED_BYTES = 8 * 1024 * 1024;
/** A system that starts reads more than that. */
const LOADER_BYTES = 2 * 1024 * 1024;
/** While a PC is idle the firmware's log is looked at with every so many polls of the power. */
const LOG_EVERY = 10;

/** Ends with the outcome. @throws what ends it otherwise: Cancelled, a password that was changed, a bug of the caller */
export async function watch(watched: Watched): Promise<Outcome> {
  const run = new Watch(watched);
  return await run.outcome();
}

class Watch {
  readonly #of: Watched;
  readonly #judge: Judge;
  readonly #startedAt = performance.now();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #over = deferred();
  #outcome: Outcome | undefined;
  #progress = noProgress;
  #readAt: number | undefined;
  #isIdle = false;
  #hinted = false;
  #pressing: Promise<void> | undefined;
  /** When the firmware, or the drives, were last heard of. */
  #heardAt = this.#startedAt;
  #silent = false;
  #attachedAt = this.#startedAt;

  constructor(of: Watched) {
    const { host, plan, signal } = of;
    this.#of = of;
    this.#judge = new Judge({ host, media: plan.name, until: plan.until }, plan.patience, this.#startedAt);
    this.#signal = AbortSignal.any([this.#stop.signal, signal]);
  }

  async outcome(): Promise<Outcome> {
    const { hearSerial, signal } = this.#of;
    hearSerial((text) => this.#settle(this.#judge.serial(text)));
    const work = [this.#followMedia(), this.#lookAtProgress(), this.#pollPower()];
    for (const each of work) each.catch((error) => this.#over.reject(error as Error));
    const give = () => this.#over.reject(signal.reason as Error);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    try {
      await this.#over.promise;
      return this.#outcome as Outcome;
    } finally {
      signal.removeEventListener('abort', give);
      hearSerial(() => {});
      this.#stop.abort();
      await Promise.allSettled([...work.slice(1), this.#pressing]);
    }
  }

  #settle(outcome: Outcome | undefined): void {
    if (outcome === undefined || this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#over.resolve();
  }

  // — the drives —

  async #followMedia(): Promise<void> {
    for await (const event of this.#of.served) this.#happened(event);
  }

  #happened(event: ServedMediaEvent): void {
    const { host, plan, served, unit, readBefore } = this.#of;
    const bytesRead = served.statistics.bytesRead - readBefore;
    const now = performance.now();
    switch (event.type) {
      case 'reading':
        if (event.unit === unit) this.#loaderBegins();
        return;
      case 'reset':
        this.#judge.reset(bytesRead, now);
        this.#note('bus-reset', `${host} has reset its drives.`);
        return;
      case 'ejected':
        this.#note('ejected', `${host} has opened the tray of its ${event.unit}.`);
        return;
      case 'failed':
        this.#judge.imageFailed(event.error, bytesRead, now);
        this.#note('image-failed', `${host} got a read error: ${event.error.message}`);
        return;
      case 'interrupted':
        this.#note('interrupted', `The drives of ${host} were lost: ${event.error.message}`);
        return;
      case 'reattached':
        this.#note('reattached', `${host} has ${plan.name} again, after ${seconds(event.afterMs)}.`);
        return;
      case 'enabled':
        return;
    }
  }

  #loaderBegins(): void {
    // What the BIOS has reported until now belongs to the start that was asked for.
    void this.#of.startLog.repeated().catch(() => {});
    this.#pressing ??= this.#press().catch(() => {});
  }

  async #press(): Promise<void> {
    const { host, plan } = this.#of;
    const { press, pressKey = (key) => this.#strike(key) } = plan;
    if (press === undefined) return;
    this.#note('pressing', `Pressing ${press.key} at ${host} while its loader may be waiting for it.`);
    let problem: Error | undefined = new ConnectFailed('There was no time for it.');
    const startedAt = performance.now();
    const bytes = this.#progress.bytes;
    while (performance.now() - startedAt < press.seconds * 1000 && this.#progress.bytes - bytes < LOADED_BYTES) {
      // A key that cannot be pressed now is pressed the next time.
      await pressKey(press.key).then(
        () => {
          problem = undefined;
        },
        (error: Error) => {
          problem &&= error;
        },
      );
      await pause(PRESS_EVERY_MS, this.#signal);
    }
    if (problem === undefined) this.#note('pressed', `${press.key} is pressed no longer.`);
    else this.#note('warning', `${press.key} could not be pressed: ${problem.message}`);
    if (!mustHaveScreen(plan)) await this.#of.screen?.close();
  }

  /** On the screen's keyboard where there is one at this moment, else on the serial port. */
  async #strike(key: string): Promise<void> {
    const { host, screen, serial } = this.#of;
    if (screen?.line.open === true) await screen.press(key);
    else if (serial !== undefined) await serial.write(serialKey(key));
    else throw new ConnectFailed(`${host} has neither its screen nor its serial port open.`, { host });
  }

  // — progress —

  async #lookAtProgress(): Promise<void> {
    const { plan, served, unit, readBefore, screen } = this.#of;
    for (;;) {
      await pause(plan.patience.tickMs, this.#signal);
      const now = performance.now();
      const before = this.#progress.bytes;
      this.#progress = progressOf(served.statistics, unit, readBefore);
      if (this.#progress.bytes > before) this.#reads(now);
      else this.#rests(now);
      this.#settle(await this.#judge.tick(this.#progress, now));
      if (screen !== undefined && plan.until.some(isStill)) this.#settle(this.#judge.still(screen.stillMs(now), now));
      this.#settle(this.#lost(now));
      if (now - this.#startedAt >= plan.timeoutMs) this.#settle(this.#judge.late(now, plan.timeoutMs));
    }
  }

  #reads(now: number): void {
    const { host, plan, emit } = this.#of;
    const { percent, megabytesPerSecond, bytes } = this.#progress;
    this.#readAt = this.#heardAt = now;
    this.#isIdle = false;
    const rate = `${megabytesPerSecond.toFixed(1)} MB/s`;
    const message = `${host} reads ${plan.name}: ${percent} %, ${megabytes(bytes)}, ${rate}.`;
    emit({ stage: 'reading', progress: this.#progress, message });
  }

  #rests(now: number): void {
    const { host, plan, emit } = this.#of;
    if (this.#readAt === undefined || now - this.#readAt < plan.patience.idleMs) return;
    this.#mayWait(now - this.#readAt);
    if (this.#isIdle) return;
    this.#isIdle = true;
    const message = `${host} has read ${megabytes(this.#progress.bytes)} and does not read now.`;
    emit({ stage: 'idle', progress: this.#progress, message });
  }

  /** A loader that has read little and then nothing may ask a question that nobody answers. */
  #mayWait(silentMs: number): void {
    const { host, plan } = this.#of;
    if (this.#hinted || silentMs < plan.patience.quietAfterMs || this.#progress.bytes >= LOADER_BYTES) return;
    this.#hinted = true;
    const read = `${host} has read only ${megabytes(this.#progress.bytes)} of ${plan.name}, and then nothing`;
    const advice =
      plan.press === undefined
        ? 'its loader may have waited for a key; name one to be pressed'
        : 'its loader may wait for something else than the key';
    this.#note('warning', `${read}: ${advice}.`);
  }

  /** Nobody answers any more, or the drives do not come back. */
  #lost(now: number): Outcome | undefined {
    const { host, plan, served } = this.#of;
    const { lostMs } = plan.patience;
    const { problem } = served;
    if (problem === undefined) this.#attachedAt = now;
    const detached = now - this.#attachedAt >= lostMs;
    if (now - this.#heardAt >= lostMs || (detached && this.#silent)) {
      return {
        ok: false,
        code: 'VANISHED',
        reason: `${host} has not answered for ${seconds(now - this.#heardAt)}.`,
        hint: 'Look at its mains and its network; the firmware loses its network for good where the new system takes it away.',
      };
    }
    if (problem !== undefined && detached) {
      const code = problem instanceof AmtError ? problem.code : 'CONNECT_FAILED';
      const reason = `${host} has been without ${plan.name} for ${seconds(now - this.#attachedAt)}: ${problem.message}`;
      return { ok: false, code, reason, hint: problem instanceof AmtError ? problem.hint : undefined };
    }
    return undefined;
  }

  // — power —

  async #pollPower(): Promise<void> {
    const { plan, reach } = this.#of;
    for (let poll = 1; ; poll++) {
      await pause(plan.patience.pollMs, this.#signal);
      try {
        const { power } = await reach(this.#signal);
        const state = await power.state();
        this.#heard();
        const looks = this.#judge.suspectsRestart || (this.#isIdle && poll % LOG_EVERY === 0);
        if (looks && (await this.#of.startLog.repeated())) this.#settle(this.#judge.restarted());
        this.#settle(this.#judge.power(state));
      } catch (error) {
        if (this.#signal.aborted) return;
        // Trying it again would lock the account.
        if (error instanceof AuthenticationFailed || !(error instanceof AmtError)) throw error;
        this.#unheard(error);
      }
    }
  }

  #heard(): void {
    this.#heardAt = performance.now();
    if (this.#silent) this.#note('answering', `${this.#of.host} answers again.`);
    this.#silent = false;
  }

  #unheard(error: AmtError): void {
    if (!this.#silent) this.#note('silent', `${this.#of.host} does not answer: ${error.message}`);
    this.#silent = true;
  }

  #note(note: ReimageNote, message: string): void {
    this.#of.emit({ stage: 'note', note, message });
  }
}
