/** A PC without a firmware in front of it: a test says what it does, and sees what it was asked. */
import { MethodFailed, RedirectionRefused } from '../../errors.ts';
import { firmwareProgress } from '../../events/event-text.ts';
import type { EventLogEntry } from '../../machine/facts.ts';
import type { BootTarget, ConsentState, FeatureState, PowerAction, PowerState } from '../../machine/machine.ts';
import type { ScreenOptions, ScreenSession } from '../../machine/screen-session.ts';
import type {
  MediaEvent,
  MediaSession,
  MediaStatistics,
  MediaUnit,
  MountOptions,
  SerialSession,
} from '../../machine/sessions.ts';
import type { BlockSource } from '../../redirection/ider/image.ts';
import { createBroadcast } from '../broadcast.ts';
import { noStatistics } from '../media-statistics.ts';
import type { ReimageMachine } from '../reimage/options.ts';
import { PretendScreen } from './pretend-screen.ts';

/** An image of a CD that has a boot record and, behind it, zeros. */
export function bootableCd(blocks = 64): Uint8Array {
  const image = new Uint8Array(blocks * 2048);
  const put = (block: number, offset: number, text: string) =>
    image.set(new TextEncoder().encode(text), block * 2048 + offset);
  image.set([1], 16 * 2048);
  put(16, 1, 'CD001');
  put(16, 40, 'TEST'.padEnd(32));
  image.set([0], 17 * 2048);
  put(17, 1, 'CD001');
  put(17, 7, 'EL TORITO SPECIFICATION');
  image.set([255], 18 * 2048);
  put(18, 1, 'CD001');
  return image;
}

/** A media session that a test moves. */
export class PretendMedia implements MediaSession {
  readonly options: MountOptions;
  #statistics: MediaStatistics;
  readonly #drives: Record<MediaUnit, BlockSource | undefined>;
  readonly #events = createBroadcast<MediaEvent>();
  readonly #reader = this.#events.read();
  readonly #touched: Record<MediaUnit, Set<number>> = { cd: new Set(), floppy: new Set() };
  readonly #ended: () => void;
  #lost: Error | undefined;
  open = true;
  closedInOrder = false;

  constructor(options: MountOptions, ended: () => void) {
    this.options = options;
    this.#ended = ended;
    this.#drives = { cd: options.cd, floppy: options.floppy };
    const blocks = {
      cd: (options.cd?.size ?? 0) / 2048,
      floppy: (options.floppy?.size ?? 0) / 512,
    };
    this.#statistics = { ...noStatistics, blocks };
    this.tell({ type: 'enabled', start: options.start ?? 'onreboot' });
  }

  get statistics() {
    return this.#statistics;
  }

  tell(event: MediaEvent): void {
    this.#events.send(event);
  }

  /** The host reads; the source is really asked. */
  async read(unit: MediaUnit, block: number, count: number): Promise<void> {
    const size = unit === 'cd' ? 2048 : 512;
    const { commands, bytesRead, touched, failures } = this.#statistics;
    if (this.#touched[unit].size === 0) this.tell({ type: 'reading', unit });
    try {
      await this.#drives[unit]?.read(block * size, new Uint8Array(count * size));
    } catch (error) {
      this.#statistics = { ...this.#statistics, failures: failures + 1 };
      this.tell({ type: 'failed', unit, error: error as Error });
      return;
    }
    for (let i = block; i < block + count; i++) this.#touched[unit].add(i);
    this.#statistics = {
      ...this.#statistics,
      commands: commands + 1,
      bytesRead: bytesRead + count * size,
      touched: { ...touched, [unit]: this.#touched[unit].size },
      bytesPerSecond: 1_500_000,
    };
  }

  /** The connection breaks. */
  cut(error: Error): void {
    this.#lost = error;
    this.#end();
  }

  async insert(unit: MediaUnit, source: BlockSource | undefined): Promise<void> {
    this.#drives[unit] = source;
  }

  async close(): Promise<void> {
    if (this.open) this.closedInOrder = true;
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<MediaEvent> {
    yield* this.#reader;
    if (this.#lost !== undefined) throw this.#lost;
  }

  #end(): void {
    if (this.open) this.#ended();
    this.open = false;
    this.#events.close();
  }
}

/** A serial session that a test moves. */
export class PretendSerial implements SerialSession {
  readonly controls = undefined;
  readonly typed: string[] = [];
  readonly #written = createBroadcast<Uint8Array>();
  readonly #reader = this.#written.read();
  #lost: Error | undefined;
  open = true;

  says(text: string): void {
    this.#written.send(new TextEncoder().encode(text));
  }

  cut(error: Error): void {
    this.#lost = error;
    void this.close();
  }

  async write(data: Uint8Array | string): Promise<void> {
    this.typed.push(typeof data === 'string' ? data : new TextDecoder().decode(data));
  }

  async sendBreak(): Promise<void> {
    this.typed.push('break');
  }

  onControls(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.open = false;
    this.#written.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    yield* this.#reader;
    if (this.#lost !== undefined) throw this.#lost;
  }
}

/** The PC, and the firmware's rules as far as a reimage meets them. */
export class PretendPc implements ReimageMachine {
  readonly host = 'pc';
  state: PowerState = 'off';
  targets: readonly BootTarget[] = ['pxe', 'ider-cd', 'ider-floppy'];
  switches: FeatureState = { sol: true, ider: true, listener: true, consent: 'none', consentChangeable: true };
  consentState: ConsentState = 'not-started';
  code = '123456';
  /** What boots next, once. */
  override: BootTarget | undefined;
  readonly entries: EventLogEntry[] = [];
  /** Everything it was asked to change, in order. */
  readonly asked: string[] = [];
  readonly sessions: PretendMedia[] = [];
  readonly serials: PretendSerial[] = [];
  readonly screens: PretendScreen[] = [];
  /** What the PC does after it has started; the override is used up by then. */
  onStart: (from: BootTarget | undefined) => void = () => {};
  /** Fails a call, by its name: `power.state`, `mount`, `serial`, `features.set`, `boot.once`, `power.reset`, … */
  fails: (call: string) => Error | undefined = () => undefined;
  /** Holds a call up. */
  holds: (call: string) => Promise<void> | undefined = () => undefined;

  /** The media session that is open now. */
  get media(): PretendMedia | undefined {
    return this.sessions.find(({ open }) => open);
  }

  readonly power: ReimageMachine['power'] = {
    state: () => this.#ask('power.state', () => this.state),
    supported: async () => ['on', 'off', 'reset', 'cycle'],
    allowed: async () => ['on', 'off', 'reset', 'cycle'],
    request: (action) => this.#change(`power.${action}`, () => this.#act(action)),
    on: () => this.#change('power.on', () => this.#act('on')),
    off: () => this.#change('power.off', () => this.#act('off')),
    reset: () => this.#change('power.reset', () => this.#act('reset')),
    cycle: () => this.#change('power.cycle', () => this.#act('cycle')),
  };

  readonly boot: ReimageMachine['boot'] = {
    supported: () => this.#ask('boot.supported', () => this.targets),
    once: (target) =>
      this.#change(`boot.once ${target}`, () => {
        this.override = target;
      }),
    clear: () =>
      this.#change('boot.clear', () => {
        this.override = undefined;
      }),
  };

  readonly features: ReimageMachine['features'] = {
    read: () => this.#ask('features.read', () => this.switches),
    set: (changes) =>
      this.#change(`features.set ${JSON.stringify(changes)}`, () => {
        this.switches = { ...this.switches, ...changes };
        return this.switches;
      }),
  };

  readonly consent: ReimageMachine['consent'] = {
    read: () => this.#ask('consent.read', () => ({ required: this.switches.consent, state: this.consentState })),
    request: () =>
      this.#change('consent.request', () => {
        if (this.consentState === 'not-started') this.consentState = this.state === 'on' ? 'displayed' : 'requested';
        return { required: this.switches.consent, state: this.consentState };
      }),
    send: (code) =>
      this.#change('consent.send', () => {
        if (code !== this.code) throw refused('SendOptInCode', 2066, 'pc did not accept the consent code');
        this.consentState = 'received';
      }),
    cancel: () =>
      this.#change('consent.cancel', () => {
        this.consentState = 'not-started';
      }),
  };

  readonly eventLog: ReimageMachine['eventLog'] = {
    read: ({ limit = 390 } = {}) => this.#ask('log.read', () => this.entries.toReversed().slice(0, limit)),
    clear: async () => {},
  };

  async mount(options: MountOptions): Promise<MediaSession> {
    return await this.#change('mount', () => {
      if (!this.switches.ider || !this.switches.listener) throw new RedirectionRefused('IDE-R is switched off at pc.');
      if (this.media !== undefined) throw new RedirectionRefused('IDE-R of pc is in use.', { busy: true });
      const session = new PretendMedia(options, () => this.asked.push('media ended'));
      this.sessions.push(session);
      return session;
    });
  }

  async screen(options: ScreenOptions = {}): Promise<ScreenSession> {
    return await this.#change('screen', () => {
      if (this.switches.kvm !== true) throw new RedirectionRefused('KVM is switched off at pc.');
      if (this.state !== 'on') throw new RedirectionRefused('pc has nothing to show.');
      const session = new PretendScreen(options);
      this.screens.push(session);
      return session;
    });
  }

  async serial(): Promise<SerialSession> {
    return await this.#change('serial', () => {
      if (!this.switches.sol || !this.switches.listener) throw new RedirectionRefused('SOL is switched off at pc.');
      const session = new PretendSerial();
      this.serials.push(session);
      return session;
    });
  }

  /** The BIOS reports a step of a start, by its number. */
  reports(step: number): void {
    const raw = `${this.entries.length} ${step}`;
    this.entries.push({
      at: new Date(),
      severity: 'monitor',
      entity: 'BIOS',
      sensorType: 15,
      text: firmwareProgress(step),
      raw,
    });
  }

  /** It starts, by whatever cause. */
  starts(): void {
    this.state = 'on';
    this.reports(1);
    this.reports(19);
    const from = this.override;
    this.override = undefined;
    this.media?.tell({ type: 'reset' });
    this.onStart(from);
  }

  #act(action: PowerAction): void {
    if ((action === 'off' || action === 'cycle') && this.media !== undefined)
      throw refused('RequestPowerStateChange', 2, `pc refused to ${action}`);
    if (action === 'off') this.state = 'off';
    else if (this.state !== 'sleep') queueMicrotask(() => this.starts());
    else this.state = 'on';
  }

  async #ask<T>(call: string, answer: () => T): Promise<T> {
    await this.holds(call);
    const problem = this.fails(call);
    if (problem !== undefined) throw problem;
    return answer();
  }

  async #change<T>(call: string, work: () => T): Promise<T> {
    this.asked.push(call);
    return await this.#ask(call, work);
  }
}

/** A refusal as a method gives it. */
export function refused(method: string, returnValue: number, message: string): MethodFailed {
  return new MethodFailed(`${message} (ReturnValue ${returnValue}).`, {
    className: 'CIM_PowerManagementService',
    method,
    returnValue,
    returnName: 'refused',
  });
}
