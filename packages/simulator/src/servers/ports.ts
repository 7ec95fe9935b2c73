/** The ports of one PC: which of them listen follows from the firmware's state, their numbers stay. */

import type { SecureContext } from 'node:tls';
import type { ByteStream } from '@amtkit/core/streams';
import type { Certificate } from '../certificate.ts';
import type { Firmware } from '../firmware.ts';
import type { SimulatorOptions, SimulatorPorts } from '../simulator.ts';
import { type Listener, listen, secureContext } from './listener.ts';
import { type RmcpServer, serveRmcp } from './rmcp.ts';

/** A TCP port, by its name in {@link SimulatorPorts}. */
export type Door = Exclude<keyof SimulatorPorts, 'rmcp'>;

/** What stands behind each door, and whether it is reached through TLS. */
export const doors: Readonly<Record<Door, { readonly service: 'web' | 'redirection' | 'rfb'; readonly tls: boolean }>> =
  {
    wsman: { service: 'web', tls: false },
    wsmanTls: { service: 'web', tls: true },
    redirection: { service: 'redirection', tls: false },
    redirectionTls: { service: 'redirection', tls: true },
    rfb: { service: 'rfb', tls: false },
  };

/** What ports need of the rest. */
export interface PortsOptions {
  readonly firmware: Firmware;
  readonly host: string;
  readonly wanted: NonNullable<SimulatorOptions['ports']>;
  readonly certificate: () => Promise<Certificate>;
  readonly connected: (stream: ByteStream, door: Door) => void;
  readonly pinged: () => void;
  readonly cableIn: () => boolean;
}

const STANDARD: Required<SimulatorPorts> = {
  rmcp: 623,
  wsman: 16992,
  wsmanTls: 16993,
  redirection: 16994,
  redirectionTls: 16995,
  rfb: 5900,
};

const NAMES = Object.keys(doors) as readonly Door[];

/** The ports. */
export class Ports {
  readonly #options: PortsOptions;
  /** Numbers as wished, and as given by the system once a port has listened. */
  readonly #numbers: Record<keyof SimulatorPorts, number>;
  readonly #listeners: Partial<Record<Door, Listener>> = {};
  #rmcp: RmcpServer | undefined;
  #context: { readonly of: Certificate; readonly secure: SecureContext } | undefined;
  /** Openings and closings one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #wantOpen = false;

  constructor(options: PortsOptions) {
    this.#options = options;
    const { wanted } = options;
    const fixed = wanted === 'any' ? {} : wanted === 'standard' || wanted === 'memory' ? STANDARD : wanted;
    this.#numbers = { rmcp: 0, wsman: 0, wsmanTls: 0, redirection: 0, redirectionTls: 0, rfb: 0, ...fixed };
    options.firmware.watch(() => {
      // A port that another program took meanwhile stays shut until the next change.
      if (this.#wantOpen && this.#differs()) this.#settle().catch(() => {});
    });
  }

  /** The numbers of the ports that listen. */
  get numbers(): SimulatorPorts {
    const open = NAMES.filter((door) => this.#should(door)).map((door) => [door, this.#numbers[door]]);
    return { rmcp: this.#numbers.rmcp, ...Object.fromEntries(open) };
  }

  /** Lets listen what should. @throws ConnectFailed */
  async open(): Promise<void> {
    this.#wantOpen = true;
    await this.#settle();
  }

  /** Closes all. */
  async close(): Promise<void> {
    this.#wantOpen = false;
    await this.#settle();
  }

  #should(door: Door): boolean {
    const { provisioning, redirection, kvm, tls } = this.#options.firmware.state;
    if (provisioning.state !== 'configured') return false;
    if (doors[door].service === 'rfb') return kvm.enabled && kvm.port5900;
    if (doors[door].service === 'redirection' && !redirection.listener) return false;
    return doors[door].tls ? tls.enabled && !tls.restarting : tls.plain;
  }

  #differs(): boolean {
    return NAMES.some((door) => this.#should(door) !== (this.#listeners[door] !== undefined));
  }

  #settle(): Promise<void> {
    const settled = this.#turn.then(() => this.#listen());
    this.#turn = settled.catch(() => {});
    return settled;
  }

  async #listen(): Promise<void> {
    if (this.#options.wanted === 'memory') return;
    const { firmware, host, pinged, cableIn } = this.#options;
    if (this.#wantOpen && this.#rmcp === undefined) {
      this.#rmcp = await serveRmcp(firmware, { host, port: this.#numbers.rmcp, connected: cableIn }, pinged);
      this.#numbers.rmcp = this.#rmcp.port;
    } else if (!this.#wantOpen) {
      await this.#rmcp?.close();
      this.#rmcp = undefined;
    }
    for (const door of NAMES) {
      const should = this.#wantOpen && this.#should(door);
      if (should) await this.#openDoor(door);
      else {
        await this.#listeners[door]?.close();
        delete this.#listeners[door];
      }
    }
  }

  async #openDoor(door: Door): Promise<void> {
    if (this.#listeners[door] !== undefined) return;
    const { host, connected } = this.#options;
    const listener = await listen({
      host,
      port: this.#numbers[door],
      ...(doors[door].tls && { secure: () => this.#secure() }),
      connected: (stream) => connected(stream, door),
    });
    this.#listeners[door] = listener;
    this.#numbers[door] = listener.port;
  }

  async #secure(): Promise<SecureContext> {
    const of = await this.#options.certificate();
    if (this.#context?.of !== of) this.#context = { of, secure: secureContext(this.#options.firmware.profile, of) };
    return this.#context.secure;
  }
}
