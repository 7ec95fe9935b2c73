/** Puts a virtual PC together: hardware, firmware, servers, and the cable between them and the world. */
import { randomBytes } from 'node:crypto';
import { type ByteStream, type Dial, type DialTarget, faulty, memoryPair, seededRandom } from '@amtkit/core/streams';
import { ConnectFailed, Untrusted } from '@amtkit/core/wire';
import { type RaisedEvent, raiseEvent } from './alerts/events.ts';
import { AlertSender } from './alerts/sender.ts';
import type { Behavior } from './behavior.ts';
import { behaviors as ordinary } from './behaviors/all.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { type Clock, realClock } from './clock.ts';
import { type FaultOptions, FaultPlan } from './faults.ts';
import { Firmware } from './firmware.ts';
import { follow } from './hardware/follow.ts';
import { memoryPc } from './hardware/memory/pc.ts';
import { type QemuPc, qemuPc } from './hardware/qemu/pc.ts';
import { SerialLine } from './hardware/serial-line.ts';
import { identityOf } from './identity.ts';
import { Failures } from './log-in.ts';
import { Monitor } from './monitor.ts';
import { openSessionsOf } from './open-sessions.ts';
import { profiles } from './profiles/profiles.ts';
import { Recorder } from './record.ts';
import { throughCable } from './servers/cable.ts';
import { IderSession } from './servers/ider.ts';
import { KvmSession } from './servers/kvm.ts';
import { CapturedDisplay } from './servers/kvm-display.ts';
import { type Door, doors, Ports } from './servers/ports.ts';
import { RedirectionServer } from './servers/redirection.ts';
import { SolSession } from './servers/sol.ts';
import { WebServer } from './servers/wsman.ts';
import type { OpenSessions, Simulator, SimulatorOptions } from './simulator.ts';
import { WsmanService } from './wsman/service.ts';

/**
 * Makes a virtual PC and lets it listen.
 * @throws ConnectFailed when a port cannot be had; with `qemu` NotSupported, Refused, ImageFailed as `qemuPc` does
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { qemu, power = 'off' } = options;
  if (qemu !== undefined && power !== 'on' && power !== 'off') {
    throw new TypeError(`A PC of QEMU begins switched on or off, not with ${power}.`);
  }
  const pc = qemu && (await qemuPc({ ...qemu, power: power === 'on' ? 'on' : 'off' }));
  try {
    const machine = new VirtualPc(options, pc);
    await machine.plug();
    return machine;
  } catch (error) {
    await pc?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** Bytes that systems in the field read from a drive with one command. */
const MOST_BYTES = 128 * 1024;

class VirtualPc implements Simulator {
  readonly name: string;
  readonly profile: Simulator['profile'];
  readonly host: string;
  readonly user: string;
  readonly qemu: QemuPc | undefined;
  readonly firmware: Firmware;
  readonly received: Recorder;
  readonly openSessions: OpenSessions;
  readonly #clock: Clock;
  readonly #web: WebServer;
  readonly #redirection: RedirectionServer;
  readonly #alerts: AlertSender;
  /** The firmware's ends of connections that need no socket. */
  readonly #dialled = new Set<ByteStream>();
  readonly #ports: Ports;
  #behaviors: readonly Behavior[];
  #faults: FaultPlan;
  #certificate: Certificate | undefined;
  #making: Promise<Certificate> | undefined;
  #plugs = 0;
  #cable: 'in' | 'out' | 'silent' = 'out';

  constructor(options: SimulatorOptions, qemu: QemuPc | undefined) {
    const { name = 'sim-1', profile = 'amt-12', seed, speed = 1, clock = realClock, user = 'admin' } = options;
    const definition = profiles[profile];
    const text = seed === undefined ? randomBytes(16).toString('hex') : `${seed}/${name}`;
    const identity = identityOf(text, options.uuid);
    const hardware =
      qemu ??
      options.hardware ??
      memoryPc({ power: options.power ?? 'off', clock, speed, displays: options.displays ?? 1 });
    this.name = name;
    this.profile = profile;
    this.host = options.host ?? '127.0.0.1';
    this.user = user;
    this.qemu = qemu;
    this.#clock = clock;
    this.#behaviors = [...(options.behaviors ?? []), ...ordinary];
    this.#faults = new FaultPlan(options.faults);
    this.received = new Recorder(options.recordLimit ?? 1000);
    this.firmware = new Firmware({
      name,
      profile: definition,
      quirks: options.quirks === undefined ? definition.quirks : { ...definition.quirks, ...options.quirks },
      identity,
      clock,
      hardware,
      random: seededRandom(identity.number),
      speed,
      user,
      password: options.password ?? 'P@ssw0rd1',
      controlMode: options.controlMode ?? 'acm',
      consent: options.consent ?? 'none',
      tls: options.tls ?? true,
      hostName: options.hostName ?? name,
      certificate: () => this.#certify(),
    });
    const service = new WsmanService(this.firmware, () => this.#behaviors, this.received);
    const failures = new Failures(this.firmware);
    this.#web = new WebServer({
      firmware: this.firmware,
      service,
      recorder: this.received,
      failures,
      faults: () => this.#faults,
      latencyMs: options.latencyMs ?? 0,
    });
    const serial = new SerialLine(hardware.serial);
    const drives = {
      delayMs: options.exchangeDelayMs ?? 0,
      bytesPerCommand: options.bytesPerCommand ?? MOST_BYTES,
    };
    this.#redirection = new RedirectionServer({
      firmware: this.firmware,
      recorder: this.received,
      failures,
      services: {
        sol: (visit) => new SolSession(visit, serial),
        ider: (visit) => new IderSession(visit, drives),
        kvm: (visit) => new KvmSession(visit, { screen: this.#captured(), fault: this.#faults.pickScreen() }),
        rfb: (visit) =>
          new KvmSession(visit, { screen: this.#captured(), fault: this.#faults.pickScreen(), over: 'port' }),
      },
    });
    this.openSessions = openSessionsOf(this.firmware);
    this.#alerts = new AlertSender(this.firmware, this.received, options.alerts ?? {}, {
      address: this.host,
      connected: () => this.#cable === 'in',
    });
    this.#ports = new Ports({
      firmware: this.firmware,
      host: this.host,
      wanted: options.ports ?? 'any',
      certificate: () => this.#certify(),
      connected: (stream, door) => void this.#serve(stream, door),
      pinged: () => {
        this.received.pings++;
      },
      cableIn: () => this.#cable === 'in',
    });
    void follow(this.firmware);
  }

  get uuid(): string {
    return this.firmware.identity.uuid;
  }

  get monitor(): Simulator['monitor'] {
    const { screen } = this.firmware.hardware;
    return screen && new Monitor(this.firmware, screen);
  }

  /** What a session sees, through changes of the display. */
  #captured(): CapturedDisplay | undefined {
    const { screen } = this.firmware.hardware;
    return screen && new CapturedDisplay(this.firmware, screen);
  }

  get ports(): Simulator['ports'] {
    return this.#ports.numbers;
  }

  get certificate(): Certificate | undefined {
    return this.#certificate;
  }

  readonly dial: Dial = async (target) => {
    const door = this.#doorFor(target);
    const { tls } = doors[door];
    if (target.tls !== undefined) this.#trust(target, door, await this.#certify());
    const [console, firmware] = memoryPair([this.name, 'memory']);
    this.#dialled.add(firmware);
    void this.#serve(firmware, door).finally(() => this.#dialled.delete(firmware));
    return tls && this.#certificate !== undefined
      ? { ...console, certificate: { fingerprint: this.#certificate.fingerprint } }
      : console;
  };

  async unplug({ silent = false }: { readonly silent?: boolean } = {}): Promise<void> {
    this.#cable = silent ? 'silent' : 'out';
    if (!silent) await this.#disconnect();
  }

  async plug(): Promise<void> {
    // What was connected before a silence would wake up in the middle of it; real connections do not live that long.
    if (this.#cable === 'silent') await this.#disconnect();
    this.#cable = 'in';
    await this.#ports.open();
    if (this.#plugs++ > 0) raiseEvent(this.firmware, 'link-up');
  }

  raise(event: RaisedEvent): void {
    raiseEvent(this.firmware, event);
  }

  use(...behaviors: readonly Behavior[]): void {
    this.#behaviors = [...behaviors, ...this.#behaviors];
  }

  setFaults(faults?: FaultOptions): void {
    this.#faults = new FaultPlan(faults);
  }

  async renewCertificate(): Promise<{ readonly fingerprint: string }> {
    this.#making = undefined;
    return await this.#certify();
  }

  async close(): Promise<void> {
    this.#cable = 'out';
    this.#alerts.close();
    await this.#redirection.close();
    await this.#disconnect();
    await this.firmware.hardware[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #certify(): Promise<Certificate> {
    this.#making ??= makeCertificate(this.firmware.hostName, this.#clock.now());
    this.#certificate = await this.#making;
    return this.#certificate;
  }

  /** Cuts everything that is connected, and refuses what comes. */
  async #disconnect(): Promise<void> {
    await Promise.all([...this.#dialled].map((stream) => stream.close()));
    await this.#ports.close();
  }

  async #serve(stream: ByteStream, door: Door): Promise<void> {
    const { service, tls } = doors[door];
    const wired = this.#wired(stream);
    if (service === 'web') await this.#web.serve(wired, tls);
    else if (service === 'rfb') await this.#redirection.serveRfb(wired);
    else await this.#redirection.serve(wired);
  }

  /** The stream with the faults asked for, as long as the cable is in. */
  #wired(stream: ByteStream): ByteStream {
    const faults = this.#faults.nextStream();
    const wait = (ms: number) => new Promise<void>((resolve) => this.#clock.after(ms, resolve));
    const bad = faults === undefined ? stream : faulty(stream, { ...faults, delay: wait });
    return throughCable(bad, () => this.#cable !== 'silent');
  }

  #doorFor({ host, port }: DialTarget): Door {
    const { numbers } = this.#ports;
    const door = (Object.keys(doors) as Door[]).find((each) => numbers[each] === port);
    if (this.#cable === 'in' && door !== undefined) return door;
    throw new ConnectFailed(`Nobody answers at ${host}:${port}.`, { host });
  }

  #trust({ host, port, tls }: DialTarget, door: Door, { fingerprint }: Certificate): void {
    if (!doors[door].tls) throw new ConnectFailed(`${host}:${port} does not speak TLS.`, { host });
    if (tls?.fingerprint !== undefined && tls.fingerprint !== fingerprint) {
      throw new Untrusted(`The certificate of ${host} is not the one expected: ${fingerprint}.`, {
        host,
        expected: tls.fingerprint,
        presented: fingerprint,
      });
    }
    const old = this.firmware.profile.tls.max === 'TLSv1' || this.firmware.profile.tls.max === 'TLSv1.1';
    if (old && tls?.legacy !== true) throw new Untrusted(`${host} speaks only TLS older than 1.2.`, { host });
  }
}
