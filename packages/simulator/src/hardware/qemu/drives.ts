/** The redirected drives of a PC made of QEMU: media become exports of a server of our own, which QEMU reads. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { ByteStream } from '@amtkit/core/streams';
import { socketStream } from '../../servers/listener.ts';
import { type DriveUnit, MediumFailed, type RedirectedMedium } from '../hardware.ts';
import { serveNbd } from './nbd.ts';
import type { Qmp } from './qmp.ts';

/** A medium as QEMU has it. */
interface Loaded {
  /** QEMU's name of it, and what the server offers it as. */
  readonly node: string;
  readonly lent: Lent;
}

/** What drives need. */
export interface DrivesOptions {
  /** Where the server listens. */
  readonly path: string;
  /** Changes how a medium is read. */
  readonly wrap: (medium: RedirectedMedium) => RedirectedMedium;
  /** QEMU let go of a medium that is still in the drive. */
  readonly lost: (unit: DriveUnit) => void;
}

/** Both drives. Calls must not overlap. */
export class RedirectedDrives {
  readonly #path: string;
  readonly #wrap: DrivesOptions['wrap'];
  readonly #lost: DrivesOptions['lost'];
  readonly #media = new Map<DriveUnit, RedirectedMedium>();
  readonly #loaded = new Map<DriveUnit, Loaded>();
  readonly #connections = new Set<ByteStream>();
  #server: Server | undefined;
  #count = 0;

  constructor({ path, wrap, lost }: DrivesOptions) {
    this.#path = path;
    this.#wrap = wrap;
    this.#lost = lost;
  }

  /** Whether there is a medium in it. */
  holds(unit: DriveUnit): boolean {
    return this.#media.has(unit);
  }

  /** Remembers a medium, and gives it to the guest that runs. */
  async change(unit: DriveUnit, medium: RedirectedMedium | undefined, qmp: Qmp | undefined): Promise<void> {
    if (medium === undefined) this.#media.delete(unit);
    else this.#media.set(unit, medium);
    if (qmp === undefined) return;
    await this.#unload(unit, qmp);
    if (medium !== undefined) await this.#load(unit, medium, qmp);
  }

  /** Puts in again what is in a drive. */
  async reload(unit: DriveUnit, qmp: Qmp): Promise<void> {
    await this.change(unit, this.#media.get(unit), qmp);
  }

  /** Gives a guest that has just been made all there is. */
  async attach(qmp: Qmp): Promise<void> {
    for (const [unit, medium] of this.#media) await this.#load(unit, medium, qmp);
  }

  /** The guest goes: nothing of it may wait for a console. The media stay for the next one. */
  detach(): void {
    for (const { lent } of this.#loaded.values()) lent.revoke();
    this.#loaded.clear();
  }

  async close(): Promise<void> {
    this.detach();
    this.#media.clear();
    for (const connection of this.#connections) void connection.close();
    if (this.#server === undefined) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #load(unit: DriveUnit, medium: RedirectedMedium, qmp: Qmp): Promise<void> {
    await this.#listen();
    const node = `${unit}-${++this.#count}`;
    this.#loaded.set(unit, { node, lent: new Lent(this.#wrap(medium)) });
    const readOnly = unit === 'cd' || !medium.writable;
    const server = { type: 'unix', path: this.#path };
    await qmp.execute('blockdev-add', {
      driver: 'nbd',
      'node-name': node,
      server,
      export: node,
      'read-only': readOnly,
    });
    if (unit === 'cd') {
      await qmp.execute('blockdev-open-tray', { id: 'ider-cd', force: true });
      await qmp.execute('blockdev-insert-medium', { id: 'ider-cd', 'node-name': node });
      await qmp.execute('blockdev-close-tray', { id: 'ider-cd' });
    } else {
      const device = { driver: 'usb-storage', id: 'ider-floppy', bus: 'usb.0', removable: true };
      await qmp.execute('device_add', { ...device, drive: node });
    }
  }

  async #unload(unit: DriveUnit, qmp: Qmp): Promise<void> {
    const loaded = this.#loaded.get(unit);
    if (loaded === undefined) return;
    this.#loaded.delete(unit);
    // First, for QEMU waits for what it has asked before it lets a medium go.
    loaded.lent.revoke();
    if (unit === 'cd') {
      await qmp.execute('blockdev-open-tray', { id: 'ider-cd', force: true });
      await qmp.execute('blockdev-remove-medium', { id: 'ider-cd' });
      await qmp.execute('blockdev-close-tray', { id: 'ider-cd' });
    } else {
      const gone = qmp.next('DEVICE_DELETED', 'ider-floppy');
      await Promise.all([gone, qmp.execute('device_del', { id: 'ider-floppy' })]);
    }
    await qmp.execute('blockdev-del', { 'node-name': loaded.node });
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined) return;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      const stream = socketStream(socket, 'QEMU');
      this.#connections.add(stream);
      void this.#serve(stream);
    });
    this.#server.listen(this.#path);
    await once(this.#server, 'listening');
  }

  /** A connection that ends while its medium is still lent leaves a drive that cannot be read: nobody else would notice. */
  async #serve(stream: ByteStream): Promise<void> {
    let lent: RedirectedMedium | undefined;
    await serveNbd(stream, (name) => {
      lent = this.#offered(name);
      return lent;
    });
    this.#connections.delete(stream);
    const unit = [...this.#loaded].find(([, loaded]) => loaded.lent === lent)?.[0];
    if (unit !== undefined) this.#lost(unit);
  }

  #offered(name: string): RedirectedMedium | undefined {
    return [...this.#loaded.values()].find(({ node }) => node === name)?.lent;
  }
}

/** A medium that can be taken away from whoever reads it, at once. */
class Lent implements RedirectedMedium {
  readonly #medium: RedirectedMedium;
  readonly #revoked: Promise<never>;
  revoke: () => void = () => {};

  constructor(medium: RedirectedMedium) {
    this.#medium = medium;
    this.#revoked = new Promise((_, reject) => {
      this.revoke = () => reject(new MediumFailed('The medium was taken out.', [2, 0x3a, 0]));
    });
    this.#revoked.catch(() => {});
  }

  get blockLength(): number {
    return this.#medium.blockLength;
  }

  get blocks(): number {
    return this.#medium.blocks;
  }

  get writable(): boolean {
    return this.#medium.writable;
  }

  read(block: number, count: number): Promise<Uint8Array> {
    return Promise.race([this.#revoked, this.#medium.read(block, count)]);
  }

  write(block: number, data: Uint8Array): Promise<void> {
    return Promise.race([this.#revoked, this.#medium.write(block, data)]);
  }

  command(cdb: Uint8Array): Promise<Uint8Array> {
    return Promise.race([this.#revoked, this.#medium.command(cdb)]);
  }
}
