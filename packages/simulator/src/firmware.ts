/** The firmware of one PC: what it is, and the one notification that something about it changed. */
import { createHash } from 'node:crypto';
import { digestHa1 } from '@amtkit/core/wire';
import type { Raised } from './alerts/raised.ts';
import { initialInstances } from './catalog.ts';
import type { Clock } from './clock.ts';
import type { Hardware } from './hardware/hardware.ts';
import type { Identity } from './identity.ts';
import type { Profile, Quirks } from './profiles/profile.ts';
import { type FirmwareState, initialState } from './state.ts';
import type { Properties } from './values.ts';

/** What a firmware is made of. */
export interface FirmwareOptions {
  readonly name: string;
  readonly profile: Profile;
  readonly quirks: Quirks;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly hardware: Hardware;
  readonly random: () => number;
  readonly speed: number;
  readonly user: string;
  readonly password: string;
  readonly controlMode: 'acm' | 'ccm';
  readonly consent: FirmwareState['consent']['policy'];
  readonly tls: boolean;
  readonly hostName: string;
  /** The certificate of the TLS server, made when it is first asked for. */
  readonly certificate: () => Promise<{
    readonly der: Uint8Array;
    readonly publicKey: Uint8Array;
    readonly subject: string;
  }>;
}

/** Hears of every change; asks the state what it is now. */
export type Watcher = (firmware: Firmware) => void;

/** One firmware. */
export class Firmware {
  readonly name: string;
  readonly profile: Profile;
  readonly quirks: Quirks;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly hardware: Hardware;
  /** From 0 up to 1, following from the seed. */
  readonly random: () => number;
  readonly speed: number;
  readonly hostName: string;
  readonly certificate: FirmwareOptions['certificate'];
  readonly state: FirmwareState;
  readonly #watchers = new Set<Watcher>();
  readonly #tellers = new Set<(raised: Raised) => void>();

  constructor(options: FirmwareOptions) {
    const { profile, quirks, identity, user, password, controlMode, consent, hardware } = options;
    this.name = options.name;
    this.profile = profile;
    this.quirks = quirks;
    this.identity = identity;
    this.clock = options.clock;
    this.hardware = hardware;
    this.random = options.random;
    this.speed = options.speed;
    this.hostName = options.hostName;
    this.certificate = options.certificate;
    const ha1 = digestHa1(md5, user, identity.realm, password);
    const { power } = hardware;
    this.state = initialState({ profile, quirks, admin: { name: user, ha1 }, power, controlMode, consent });
    this.state.startedAt = options.clock.now();
    if (!options.tls && profile.plain) switchTlsOff(this);
  }

  /** Changes the state and tells everybody who watches. */
  change(mutate: (state: FirmwareState) => void): void {
    mutate(this.state);
    for (const watcher of [...this.#watchers]) watcher(this);
  }

  /** Calls `watcher` after every change until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells those who bring alerts to consoles that something happened. */
  raise(raised: Raised): void {
    for (const tell of [...this.#tellers]) tell(raised);
  }

  /** Calls `tell` with everything that happens. */
  onRaised(tell: (raised: Raised) => void): void {
    this.#tellers.add(tell);
  }

  /** Resolves when the state is as wanted, at once when it is. */
  async until(wanted: (state: FirmwareState) => boolean): Promise<void> {
    if (wanted(this.state)) return;
    await new Promise<void>((resolve) => {
      const stop = this.watch(({ state }) => {
        if (!wanted(state)) return;
        stop();
        resolve();
      });
    });
  }

  /** Seconds since 1970 by the firmware's own clock. */
  seconds(): number {
    return Math.floor((this.clock.now() + this.state.clockOffsetMs) / 1000);
  }

  /** Calls back after as long as the real thing takes, at once at speed 0. The returned function forgets it. */
  later(ms: number, act: () => void): () => void {
    if (this.speed > 0) return this.clock.after(ms / this.speed, act);
    act();
    return () => {};
  }

  /** The instances of exactly this class; `undefined` where the firmware lacks it. */
  instances(className: string): readonly Properties[] | undefined {
    return this.state.instances.get(className) ?? initialInstances(this.profile, className);
  }

  /** Replaces the instances of a class, without telling. For use inside `change`. */
  store(className: string, instances: readonly Properties[]): void {
    this.state.instances = new Map(this.state.instances).set(className, instances);
  }
}

/** A machine whose TLS was never set up. */
function switchTlsOff(firmware: Firmware): void {
  const all = firmware.instances('AMT_TLSSettingData') ?? [];
  firmware.store(
    'AMT_TLSSettingData',
    all.map((each) => ({ ...each, Enabled: false, AcceptNonSecureConnections: false })),
  );
  firmware.store('AMT_TLSCredentialContext', []);
  firmware.state.tls = { enabled: false, plain: true, restarting: false };
}

/** MD5 as lower-case hex, as digest arithmetic wants it. */
export function md5(data: string | Uint8Array): string {
  return createHash('md5').update(data).digest('hex');
}
