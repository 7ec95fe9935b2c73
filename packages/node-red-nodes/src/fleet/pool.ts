/**
 * Fleets by the node they belong to: one for each, opened when first used. A deploy ends the node and makes it anew; a
 * fleet with work that shall survive that waits for its new node instead of closing.
 */
import type { GuestMachine } from '@amtkit/core/automation';
import { type FleetLog, type FleetSettings, type OpenFleet, openFleet } from './open-fleet.ts';

/** Why a node ends: it comes back at once, it is not part of the flows any more, or all flows end. */
export type Ending = 'deploy' | 'removed' | 'stop';

/** The fleet of one node. */
export interface Seat {
  /** Opens it, or gives the open one. What failed is tried again by the next call. @throws InvalidBook */
  open(): Promise<OpenFleet>;
  /** Joins a machine that is not in the book, for as long as the node `key` wants it; returns its name. */
  join(key: string, guest: GuestMachine): Promise<string>;
  /** The node `key` ends: its machine leaves, unless kept work may need it after a deploy. */
  part(key: string, ending: Ending): Promise<void>;
  /** Keeps the fleet open through deploys until this work has ended. */
  keep(work: Promise<unknown>): void;
  /** The node ends. */
  leave(ending: Ending): Promise<void>;
}

/** Seats by node. */
export interface FleetPool {
  take(node: string, settings: FleetSettings, log: FleetLog): Seat;
}

/** A pool; `open` is another way to make fleets, for tests. */
export function createPool(open: typeof openFleet = openFleet): FleetPool {
  const kept = new Map<string, KeptFleet>();
  return {
    take(node, settings, log) {
      const text = JSON.stringify(settings);
      const waiting = kept.get(node);
      if (waiting !== undefined && waiting.settings === text) {
        waiting.wanted = true;
        return waiting;
      }
      const ended = waiting?.leave('removed');
      const fresh = new KeptFleet(text, async () => {
        await ended;
        return await open(settings, log);
      });
      fresh.whenOver = () => {
        if (kept.get(node) === fresh) kept.delete(node);
      };
      kept.set(node, fresh);
      return fresh;
    },
  };
}

/** A machine that came with a node. */
interface Guest {
  readonly settings: string;
  readonly name: Promise<string>;
  wanted: boolean;
}

class KeptFleet implements Seat {
  readonly settings: string;
  /** Its node is there. */
  wanted = true;
  whenOver: () => void = () => {};
  readonly #make: () => Promise<OpenFleet>;
  readonly #guests = new Map<string, Guest>();
  readonly #work = new Set<Promise<unknown>>();
  #opened: Promise<OpenFleet> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: string, make: () => Promise<OpenFleet>) {
    this.settings = settings;
    this.#make = make;
  }

  open(): Promise<OpenFleet> {
    if (this.#opened !== undefined) return this.#opened;
    const opened = this.#make();
    this.#opened = opened;
    opened.catch(() => {
      if (this.#opened === opened) this.#opened = undefined;
    });
    return opened;
  }

  async join(key: string, guest: GuestMachine): Promise<string> {
    const settings = JSON.stringify(guest);
    const known = this.#guests.get(key);
    if (known !== undefined && known.settings === settings) {
      known.wanted = true;
      return await known.name;
    }
    const name = this.#replace(known, guest);
    const joined = { settings, name, wanted: true };
    this.#guests.set(key, joined);
    name.catch(() => {
      if (this.#guests.get(key) === joined) this.#guests.delete(key);
    });
    return await name;
  }

  async part(key: string, ending: Ending): Promise<void> {
    const guest = this.#guests.get(key);
    if (guest === undefined) return;
    guest.wanted = false;
    if (ending === 'deploy' && this.#work.size > 0) return;
    await this.#dismiss(key, guest);
  }

  keep(work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      () => {},
    );
    this.#work.add(settled);
    void settled.then(() => {
      this.#work.delete(settled);
      if (this.#work.size === 0) void this.#tidy();
    });
  }

  async leave(ending: Ending): Promise<void> {
    this.wanted = false;
    if (ending === 'deploy' && this.#work.size > 0) return;
    await this.#close();
  }

  async #replace(known: Guest | undefined, guest: GuestMachine): Promise<string> {
    const { fleet } = await this.open();
    const old = await known?.name.catch(() => undefined);
    if (old !== undefined && fleet.machines.has(old)) await fleet.remove(old);
    const { name, ...unnamed } = guest;
    return await fleet.add(name === undefined || fleet.machines.has(name) ? unnamed : guest);
  }

  async #dismiss(key: string, guest: Guest): Promise<void> {
    if (this.#guests.get(key) === guest) this.#guests.delete(key);
    const name = await guest.name.catch(() => undefined);
    const opened = await this.#opened?.catch(() => undefined);
    if (name !== undefined && opened?.fleet.machines.has(name)) await opened.fleet.remove(name);
  }

  /** The kept work has ended: what only it needed ends, too. */
  async #tidy(): Promise<void> {
    if (!this.wanted) return await this.#close();
    for (const [key, guest] of this.#guests) if (!guest.wanted) await this.#dismiss(key, guest);
  }

  #close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.whenOver();
    this.#guests.clear();
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close();
  }
}
