/**
 * Drives that are lent over one connection: where the engine, the images and the stream meet. Images are read here and
 * nowhere below; a read that fails costs the host a read error and not the session. [IDER §2]
 */
import { ConnectFailed, RedirectionRefused, TimedOut } from '../../errors.ts';
import type { ByteStream } from '../../transport/stream.ts';
import { type Pump, pump } from '../pump.ts';
import type { IderEvent, IderTransfer } from './events.ts';
import { IDER_HEARTBEAT_MS, IDER_RX_TIMEOUT_MS, IderClient } from './ider.ts';
import type { BlockSource } from './image.ts';
import { LentDrive } from './lent-drive.ts';
import type { IderStart } from './messages.ts';
import { Rate } from './rate.ts';
import type { DriveUnit } from './replies.ts';

/** What is lent, and to whom. */
export interface ServeOptions {
  /** Name of the machine, for texts. */
  readonly host: string;
  readonly media: Readonly<Partial<Record<DriveUnit, BlockSource>>>;
  readonly start: keyof typeof IderStart;
  /** Called with what happens. */
  readonly tell: (event: ServeEvent) => void;
}

/** What happens to drives that are lent. */
export type ServeEvent =
  | { readonly type: 'enabled' }
  | { readonly type: 'reading'; readonly unit: DriveUnit }
  | { readonly type: 'reset' }
  | { readonly type: 'ejected'; readonly unit: DriveUnit }
  | { readonly type: 'failed'; readonly unit: DriveUnit; readonly error: Error };

/** What was done so far. */
export interface ServeStatistics {
  readonly commands: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly touched: Readonly<Record<DriveUnit, number>>;
  readonly blocks: Readonly<Record<DriveUnit, number>>;
  readonly stalls: number;
  readonly failures: number;
  readonly resets: number;
  readonly bytesPerSecond: number;
  readonly lastAccess?: Date;
}

/** A read that takes longer is a stall. */
const STALL_MS = 200;

/** Silence after which the firmware is asked whether it is there, and after which it is not. */
const DOUBT_MS = IDER_HEARTBEAT_MS + 5_000;
const DEAD_MS = 3 * IDER_HEARTBEAT_MS;

/** How long the firmware may take to answer our goodbye. */
const FAREWELL_MS = 2_000;

/** Serves from construction on. */
export class ServedDrives {
  /** Resolves when the session ended as asked; rejects with what else ended it, and may be left alone. */
  readonly done: Promise<void>;
  readonly #options: ServeOptions;
  readonly #drives = { cd: new LentDrive('cd'), floppy: new LentDrive('floppy') };
  readonly #client: IderClient;
  readonly #pump: Pump;
  readonly #rate = new Rate();
  #bytesRead = 0;
  #bytesWritten = 0;
  #stalls = 0;
  #failures = 0;
  #resets = 0;
  #lastAccess: number | undefined;
  #closing: Promise<void> | undefined;
  #settle!: (error: Error | undefined) => void;
  /** Called when the firmware said goodbye. */
  #farewell: () => void = () => {};

  /** @throws ImageFailed */
  constructor(stream: ByteStream, options: ServeOptions) {
    this.#options = options;
    const { cd, floppy } = this.#drives;
    cd.insert(options.media.cd);
    floppy.insert(options.media.floppy);
    this.done = new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => {});
    this.#client = new IderClient({
      media: {
        ...(cd.medium === undefined ? {} : { cd: cd.medium }),
        ...(floppy.medium === undefined ? {} : { floppy: floppy.medium }),
      },
      start: options.start,
      sent: () => this.#pump.sent,
    });
    this.#pump = pump(this.#client, stream, {
      host: options.host,
      deliver: (event) => this.#take(event),
      heartbeat: { everyMs: IDER_RX_TIMEOUT_MS / 3, beat: (quietMs) => this.#beat(quietMs) },
    });
    this.#pump.done.then(
      () => this.#over(undefined),
      (error: Error) => this.#over(error),
    );
  }

  get statistics(): ServeStatistics {
    const { cd, floppy } = this.#drives;
    return {
      commands: this.#client.commands,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      touched: { cd: cd.blocks.touched, floppy: floppy.blocks.touched },
      blocks: { cd: cd.blocks.all, floppy: floppy.blocks.all },
      stalls: this.#stalls,
      failures: this.#failures,
      resets: this.#resets,
      bytesPerSecond: Math.round(this.#rate.perSecond(performance.now())),
      ...(this.#lastAccess === undefined ? {} : { lastAccess: new Date(performance.timeOrigin + this.#lastAccess) }),
    };
  }

  /** Another image, or none. @throws ImageFailed */
  async insert(unit: DriveUnit, source: BlockSource | undefined): Promise<void> {
    const drive = this.#drives[unit];
    drive.insert(source);
    for (const event of this.#client.insert(unit, drive.medium)) this.#take(event);
    await this.#pump.flush();
  }

  /** Ends it in good order; the drives are gone for the host. */
  close(): Promise<void> {
    this.#closing ??= this.#sayGoodbye();
    return this.#closing;
  }

  /** Ends it at once. */
  fail(reason: Error): void {
    this.#pump.fail(reason);
  }

  #take(event: IderEvent): void {
    const { host, tell } = this.#options;
    switch (event.type) {
      case 'transfer':
        this.#transfer(event.transfer);
        break;
      case 'enabled':
        tell({ type: 'enabled' });
        break;
      case 'ejected':
        tell(event);
        break;
      case 'reset':
        this.#resets++;
        for (const drive of Object.values(this.#drives)) drive.interrupt();
        tell({ type: 'reset' });
        break;
      case 'refused':
        this.#pump.fail(notOpened(host, event.status));
        break;
      case 'rejected':
        this.#pump.fail(notShown(host, this.#options.start, event.value));
        break;
      case 'closed':
        this.#farewell();
        if (event.by !== 'console') this.#over(ended(host, event.by));
        void this.#pump.close();
        break;
    }
  }

  #transfer(transfer: IderTransfer): void {
    const drive = this.#drives[transfer.unit];
    const { generation } = drive;
    const { kind, offset, length, parts } = transfer;
    const startedAt = performance.now();
    if (kind === 'read' && !drive.reading) {
      drive.reading = true;
      this.#options.tell({ type: 'reading', unit: drive.unit });
    }
    const done = kind === 'read' ? drive.read(offset, length, parts) : drive.write(offset, parts);
    if (done === undefined) this.#supply(drive, transfer, startedAt);
    else
      done.then(
        () => generation === drive.generation && this.#supply(drive, transfer, startedAt),
        (error: Error) => generation === drive.generation && this.#fail(drive, transfer, error),
      );
  }

  #supply(drive: LentDrive, transfer: IderTransfer, startedAt: number): void {
    const { kind, offset, length } = transfer;
    const now = performance.now();
    this.#lastAccess = now;
    this.#rate.add(length, now);
    if (now - startedAt > STALL_MS) this.#stalls++;
    if (kind === 'read') {
      this.#bytesRead += length;
      drive.touch(offset, length);
    } else {
      this.#bytesWritten += length;
    }
    this.#goOn(this.#client.supply(transfer, true));
  }

  #fail(drive: LentDrive, transfer: IderTransfer, error: Error): void {
    this.#failures++;
    this.#options.tell({ type: 'failed', unit: drive.unit, error });
    this.#goOn(this.#client.supply(transfer, false));
  }

  /** Sends what is ready. What comes next waits until there is room for it. */
  #goOn(events: readonly IderEvent[]): void {
    const room = this.#pump.flush();
    if (events.length === 0) return;
    void room.then(() => {
      if (!this.#pump.over) for (const event of events) this.#take(event);
    });
  }

  #beat(quietMs: number): void {
    const { host } = this.#options;
    if (quietMs > DEAD_MS) {
      throw new TimedOut(`${host} said nothing for a minute, though it was asked; the drives lent to it are gone.`, {
        host,
        hint: 'Look at its network and mains, then lend them again.',
      });
    }
    if (quietMs > DOUBT_MS) this.#client.ping();
    this.#client.heartbeat();
  }

  async #sayGoodbye(): Promise<void> {
    for (const drive of Object.values(this.#drives)) drive.interrupt();
    if (!this.#pump.over) {
      const said = new Promise<void>((resolve) => {
        this.#farewell = resolve;
      });
      const timer = setTimeout(this.#farewell, FAREWELL_MS);
      this.#client.close();
      void this.#pump.flush();
      await Promise.race([said, this.#pump.done.catch(() => {})]);
      clearTimeout(timer);
      await this.#pump.close();
    }
    this.#over(undefined);
  }

  #over(error: Error | undefined): void {
    for (const drive of Object.values(this.#drives)) drive.interrupt();
    this.#settle(this.#closing === undefined ? error : undefined);
  }
}

function notOpened(host: string, status: number): RedirectionRefused {
  return new RedirectionRefused(
    `${host} refused to open storage redirection (IDE-R) without a reason (status ${status}).`,
    {
      host,
      hint: 'Try once more; if that does not help, switch the feature off and on.',
    },
  );
}

function notShown(host: string, start: keyof typeof IderStart, value: number): RedirectionRefused {
  return new RedirectionRefused(`${host} did not show the drives to its host (answer ${value} to "${start}").`, {
    host,
    hint:
      start === 'graceful'
        ? 'A command of the host is under way: try again, or with the start "now" or "onreboot".'
        : 'Try again; if that does not help, switch the feature off and on.',
  });
}

function ended(host: string, by: 'firmware' | 'stream'): ConnectFailed {
  const what =
    by === 'firmware' ? 'ended storage redirection (IDE-R)' : 'closed the connection of storage redirection (IDE-R)';
  return new ConnectFailed(`${host} ${what}; its host has lost the drives.`, {
    host,
    hint: 'The feature was switched off, the firmware restarted, or the network was gone. Lend them again.',
  });
}
