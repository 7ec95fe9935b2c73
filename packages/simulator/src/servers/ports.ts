/** The ports of one PC: which of them listen follows from the firmware's state, their numbers stay. */

import type { SecureContext } from 'node:tls';
import type { ByteStream } from '@amtkit/core/streams';
import type { Certificate } from '../certificate.ts';
import type { Firmware } from '../firmware.ts';
import type { SimulatorOptions, SimulatorPorts } from '../simulator.ts';
import { type Listener, listen, secureContext } from './listener.ts';
import { type RmcpServer, serveRmcp } from './rmcp.ts';

/** What ports need of the rest. */
export interface PortsOptions {
  readonly firmware: Firmware;
  readonly host: string;
  readonly wanted: NonNullable<SimulatorOptions['ports']>;
  readonly certificate: () => Promise<Certificate>;
  readonly connected: (stream: ByteStream, tls: boolean) => void;
  readonly pinged: () => void;
  readonly cableIn: () => boolean;
}

const STANDARD: Required<SimulatorPorts> = { rmcp: 623, wsman: 16992, wsmanTls: 16993 };

/** The ports. */
export class Ports {
  readonly #options: PortsOptions;
  /** Numbers as wished, and as given by the system once a port has listened. */
  readonly #numbers: { rmcp: number; wsman: number; wsmanTls: number };
  #rmcp: RmcpServer | undefined;
  #plain: Listener | undefined;
  #tls: Listener | undefined;
  #context: { readonly of: Certificate; readonly secure: SecureContext } | undefined;
  /** Openings and closings one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #wantOpen = false;

  constructor(options: PortsOptions) {
    this.#options = options;
    const { wanted } = options;
    const fixed = wanted === 'any' ? {} : wanted === 'standard' || wanted === 'memory' ? STANDARD : wanted;
    this.#numbers = { rmcp: 0, wsman: 0, wsmanTls: 0, ...fixed };
    options.firmware.watch(() => {
      if (this.#wantOpen && this.#differs()) void this.#settle();
    });
  }

  /** The numbers of the ports that listen. */
  get numbers(): SimulatorPorts {
    const { plain, tls } = this.#should();
    const { rmcp, wsman, wsmanTls } = this.#numbers;
    return { rmcp, ...(plain && { wsman }), ...(tls && { wsmanTls }) };
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

  #should(): { rmcp: boolean; plain: boolean; tls: boolean } {
    const { provisioning, tls } = this.#options.firmware.state;
    const configured = provisioning.state === 'configured';
    return { rmcp: true, plain: configured && tls.plain, tls: configured && tls.enabled && !tls.restarting };
  }

  #differs(): boolean {
    const should = this.#should();
    return should.plain !== (this.#plain !== undefined) || should.tls !== (this.#tls !== undefined);
  }

  #settle(): Promise<void> {
    const settled = this.#turn.then(() => this.#listen());
    this.#turn = settled.catch(() => {});
    return settled;
  }

  async #listen(): Promise<void> {
    if (this.#options.wanted === 'memory') return;
    const should = this.#wantOpen ? this.#should() : { rmcp: false, plain: false, tls: false };
    const { firmware, host, connected, pinged, cableIn } = this.#options;
    if (should.rmcp && this.#rmcp === undefined) {
      this.#rmcp = await serveRmcp(firmware, { host, port: this.#numbers.rmcp, connected: cableIn }, pinged);
      this.#numbers.rmcp = this.#rmcp.port;
    } else if (!should.rmcp) {
      await this.#rmcp?.close();
      this.#rmcp = undefined;
    }
    if (should.plain && this.#plain === undefined) {
      this.#plain = await listen({ host, port: this.#numbers.wsman, connected: (stream) => connected(stream, false) });
      this.#numbers.wsman = this.#plain.port;
    } else if (!should.plain) {
      await this.#plain?.close();
      this.#plain = undefined;
    }
    if (should.tls && this.#tls === undefined) {
      const secure = () => this.#secure();
      const port = this.#numbers.wsmanTls;
      this.#tls = await listen({ host, port, secure, connected: (stream) => connected(stream, true) });
      this.#numbers.wsmanTls = this.#tls.port;
    } else if (!should.tls) {
      await this.#tls?.close();
      this.#tls = undefined;
    }
  }

  async #secure(): Promise<SecureContext> {
    const of = await this.#options.certificate();
    if (this.#context?.of !== of) this.#context = { of, secure: secureContext(this.#options.firmware.profile, of) };
    return this.#context.secure;
  }
}
