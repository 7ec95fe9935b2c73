/** Several bridges on one broker, each behind a door that can be shut, and the PCs that they share. */
import { type Bridge, type BridgeOptions, createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { expect } from 'vitest';
import { oldBroker } from './aedes.ts';
import { bookOf, type TestBook } from './book.ts';
import { type Door, doorTo } from './door.ts';
import { mosquitto } from './mosquitto.ts';
import { type Listener, listen } from './mqtt.ts';
import { password } from './password.ts';
import * as alone from './patience.ts';

/** Brokers to share machines on: their name, what they need, how they start. */
export const brokers = [
  ['aedes, MQTT 3.1.1', [], oldBroker],
  ['mosquitto, MQTT 5', ['mosquitto'], mosquitto],
] as const;

/** Patience of bridges in a hurry, with one another, too. */
export const soon = {
  ...alone.soon,
  stopMs: 1000,
  collectMs: 20,
  graceMs: 3000,
  orphanMs: 400,
  speakMs: 200,
  askMs: 2000,
  holdMs: 50,
  lookAgainMs: 150,
  leaveMs: 5000,
};

/** Patience of their fleets. */
export const watchful = {
  ...alone.watchful,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 100 },
};

/** A bridge, the door between it and the broker, and what it has said. */
export interface Started {
  readonly id: string;
  readonly bridge: Bridge;
  readonly door: Door;
  readonly lines: string[];
}

/** What a test has; made anew for each. */
export class SharingLab {
  readonly #opened: AsyncDisposable[] = [];
  readonly broker: { readonly url: string; readonly port: number };
  /** Hears everything. */
  readonly ear: Listener;
  pcs: Record<string, Simulator> = {};
  #shelf: TestBook | undefined;

  private constructor(broker: SharingLab['broker'] & AsyncDisposable, ear: Listener) {
    this.broker = this.keep(broker);
    this.ear = this.keep(ear);
  }

  static async open(start: () => Promise<SharingLab['broker'] & AsyncDisposable>): Promise<SharingLab> {
    const broker = await start();
    return new SharingLab(broker, await listen(broker.url));
  }

  /** Ends it with the test. */
  keep<T extends AsyncDisposable>(thing: T): T {
    this.#opened.push(thing);
    return thing;
  }

  get shelf(): TestBook {
    if (this.#shelf === undefined) throw new Error('There is no book without PCs.');
    return this.#shelf;
  }

  /** Plugged-in PCs called `pc-1` and so on, and their book. */
  async makePcs(count: number): Promise<void> {
    const made: Record<string, Simulator> = {};
    for (let i = 1; i <= count; i++) made[`pc-${i}`] = await createSimulator({ speed: 0, password, power: 'on' });
    await this.takePcs(made);
  }

  /** PCs made elsewhere, and their book. */
  async takePcs(pcs: Record<string, Simulator>): Promise<void> {
    this.keep({
      [Symbol.asyncDispose]: async () => void (await Promise.all(Object.values(pcs).map((pc) => pc.close()))),
    });
    this.pcs = pcs;
    this.#shelf = this.keep(await bookOf(pcs));
  }

  async startBridge(id: string, more: Partial<BridgeOptions> = {}): Promise<Started> {
    const lines: string[] = [];
    const door = this.keep(await doorTo(this.broker.port));
    const bridge = this.keep(
      await createBridge({
        book: this.shelf.book,
        broker: `mqtt://127.0.0.1:${door.port}`,
        settings: { id },
        patience: soon,
        fleetOptions: { patience: watchful, timeoutMs: 1000 },
        log: (line) => lines.push(line),
        ...more,
      }),
    );
    await bridge.ready;
    return { id, bridge, door, lines };
  }

  /** Who has which PC, once each has exactly one owner among these and has answered it. */
  async owners(bridges: readonly Started[], timeout = 10_000): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await expect
      .poll(
        () => {
          found.clear();
          for (const { id, bridge } of bridges) {
            for (const [machine, { reachability }] of bridge.fleet.machines) {
              if (found.has(machine)) return `${machine} has two`;
              if (reachability !== 'online') return `${machine} has not answered ${id}`;
              found.set(machine, id);
            }
          }
          return found.size;
        },
        { timeout },
      )
      .toBe(Object.keys(this.pcs).length);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  }
}
