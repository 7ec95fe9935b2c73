/** What was learned about machines, and which commands were already carried out. Nobody writes it by hand. */
import { z } from 'zod';
import { lookAt } from './file-changes.ts';
import { whileLocked } from './lock.ts';
import { statePlace, systemSurroundings } from './places.ts';
import { endOf, makeFolderOf, moveAside, readPrivate, troubleOf, writePrivate } from './private-file.ts';
import type { ProcessMark } from './process-mark.ts';

/** What was learned about one machine. What the book says about the same goes before it. */
export interface LearnedMachine {
  /** Certificate accepted at first contact: SHA-256, upper-case hex pairs with colons. */
  readonly fingerprint?: string;
  /** What worked. */
  readonly tls?: 'on' | 'off';
  /** Digest realm; changes when the machine is provisioned again. */
  readonly realm?: string;
  /** Platform UUID, lower case. */
  readonly uuid?: string;
  /** Such as `12.0.67`. */
  readonly version?: string;
  /** ISO 8601. */
  readonly lastSeen?: string;
  /** Log-ins refused in a row: firmware locks the account after ten. */
  readonly refusals?: number;
  /** ISO 8601: the last of them. */
  readonly refusedAt?: string;
  /** A reimage that is going on, or was when its process ended. */
  readonly reimage?: ReimageRecord;
}

/** A reimage that has begun and not ended. Times are ISO 8601. */
export interface ReimageRecord {
  readonly media: string;
  readonly transaction?: string;
  readonly begun: string;
  /** When it was still going on. */
  readonly seen: string;
  readonly process: ProcessMark;
}

/** A command that was carried out, or refused. */
export interface SeenTransaction {
  readonly at: Date;
  /** Plain data without secrets: it is written to disk. */
  readonly result: unknown;
}

/** Learned facts, in memory at once and on disk soon after. Processes share the file and keep each other's entries. */
export interface State {
  readonly path: string;
  /** Sentences for a person: what could not be read or written. */
  readonly warnings: readonly string[];
  /** @param name in the book, or the host of a machine that is not in it */
  machine(name: string): LearnedMachine | undefined;
  /** Adds to what is known; facts that are not given stay. */
  learn(name: string, facts: LearnedMachine): void;
  /** Takes these facts away, or all: the next contact is the first again. */
  forget(name: string, facts?: readonly (keyof LearnedMachine)[]): void;
  rename(from: string, to: string): void;
  /** A command carried out in the last 24 hours; at least the latest 2,000 are known. */
  transaction(key: string): SeenTransaction | undefined;
  remember(key: string, result: unknown): void;
  /** Takes over what other processes have written since: `amt trust` beside a running bridge. Never rejects. */
  refresh(): Promise<void>;
  /** Writes what is waiting. Never rejects: what fails is among the warnings, and tried again with the next write. */
  flush(): Promise<void>;
}

/** For tests and unusual hosts. */
export interface OpenStateOptions {
  /** How long to collect changes before they are written, at least. @default 200 */
  readonly delayMs?: number;
  /** Hears each warning when it arises. */
  readonly onWarning?: (sentence: string) => void;
  readonly now?: () => Date;
}

/**
 * Opens the state at `path`, else `$AMTKIT_STATE`, else in the user's state folder. Where there is none, it is empty. One
 * that cannot be understood is moved aside, with a warning.
 */
export async function openState(path?: string, options: OpenStateOptions = {}): Promise<State> {
  const around = systemSurroundings();
  const env = path === undefined ? around.env : { ...around.env, AMTKIT_STATE: path };
  const state = new StateFile(statePlace({ ...around, env }), options);
  await state.load();
  return state;
}

const MAX_TRANSACTIONS = 2000;
const TRANSACTION_HOURS = 24;

const learned = z.looseObject({
  fingerprint: z.exactOptional(z.string()),
  tls: z.exactOptional(z.enum(['on', 'off'])),
  realm: z.exactOptional(z.string()),
  uuid: z.exactOptional(z.string()),
  version: z.exactOptional(z.string()),
  lastSeen: z.exactOptional(z.string()),
  refusals: z.exactOptional(z.number()),
  refusedAt: z.exactOptional(z.string()),
  reimage: z.exactOptional(
    z.looseObject({
      media: z.string(),
      transaction: z.exactOptional(z.string()),
      begun: z.string(),
      seen: z.string(),
      process: z.looseObject({
        id: z.string(),
        pid: z.int(),
        host: z.string(),
        space: z.string().optional(),
        booted: z.string(),
      }),
    }),
  ),
});

const stateSchema = z.looseObject({
  version: z.literal(1),
  machines: z.record(z.string(), learned),
  transactions: z.record(z.string(), z.looseObject({ at: z.iso.datetime(), result: z.unknown() })),
});

interface Content {
  readonly machines: Map<string, LearnedMachine>;
  /** In the order they were seen. */
  readonly transactions: Map<string, SeenTransaction>;
}

/** A change; made in memory at once, and again on whatever the file holds when it is written. */
type Change = (content: Content) => void;

class StateFile implements State {
  readonly path: string;
  readonly warnings: string[] = [];
  readonly #options: OpenStateOptions;
  #content: Content = { machines: new Map(), transactions: new Map() };
  #waiting: Change[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Writings and readings, one after the other. */
  #writing: Promise<void> = Promise.resolve();
  /** How long the last writing took. */
  #writeMs = 0;
  /** Which writing of the file is known. */
  #known = '';
  /** Texts of entries, which are replaced and never changed: of ten thousand a few are new at each writing. */
  readonly #texts = new WeakMap<object, string>();

  constructor(path: string, options: OpenStateOptions) {
    this.path = path;
    this.#options = options;
  }

  async load(): Promise<void> {
    try {
      this.#known = await lookAt(this.path);
      this.#content = (await this.#read()) ?? (await whileLocked(this.path, () => this.#readOrMoveAside()));
    } catch (error) {
      this.#warn(`What was learned earlier cannot be read from ${this.path}: ${troubleOf(error)}.`);
    }
  }

  machine(name: string): LearnedMachine | undefined {
    return this.#content.machines.get(name);
  }

  learn(name: string, facts: LearnedMachine): void {
    const given = Object.entries(facts).filter(([, fact]) => fact !== undefined);
    const known: Readonly<Record<string, unknown>> = { ...this.machine(name) };
    if (given.every(([key, fact]) => known[key] === fact)) return;
    this.#change(({ machines }) => machines.set(name, { ...machines.get(name), ...Object.fromEntries(given) }));
  }

  forget(name: string, facts?: readonly (keyof LearnedMachine)[]): void {
    this.#change(({ machines }) => {
      const left = Object.entries(machines.get(name) ?? {}).filter(
        ([key]) => facts?.some((fact) => fact === key) === false,
      );
      if (left.length === 0) machines.delete(name);
      else machines.set(name, Object.fromEntries(left));
    });
  }

  rename(from: string, to: string): void {
    this.#change(({ machines }) => {
      const known = machines.get(from);
      machines.delete(from);
      if (known === undefined) machines.delete(to);
      else machines.set(to, known);
    });
  }

  transaction(key: string): SeenTransaction | undefined {
    const seen = this.#content.transactions.get(key);
    return seen === undefined || this.#isPast(seen) ? undefined : seen;
  }

  remember(key: string, result: unknown): void {
    const seen = { at: this.#now(), result };
    this.#change(({ transactions }) => {
      transactions.delete(key);
      transactions.set(key, seen);
    });
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async refresh(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#takeOver());
    await this.#writing;
  }

  async #takeOver(): Promise<void> {
    const now = await lookAt(this.path);
    if (now === '' || now === this.#known) return;
    const content = await this.#read().catch(() => undefined);
    // What cannot be read is dealt with when something is to be written.
    if (content === undefined) return;
    for (const change of this.#waiting) change(content);
    this.#content = content;
    this.#known = now;
  }

  #change(change: Change): void {
    change(this.#content);
    this.#waiting.push(change);
    const { delayMs = WRITE_DELAY_MS } = this.#options;
    // Writing may take a tenth of the time, also where the file is large, or the disk slow.
    const delay = Math.max(delayMs, Math.min(this.#writeMs * 10, LONGEST_DELAY_MS));
    this.#timer ??= setTimeout(() => void this.flush(), delay);
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const startedAt = performance.now();
    let taken: Change[] = [];
    try {
      await makeFolderOf(this.path);
      const file = await endOf(this.path);
      await whileLocked(file, async () => {
        // Reading ten thousand machines again for every command would cost more than the commands.
        const isOurs = this.#known !== '' && (await lookAt(file)) === this.#known;
        const content = isOurs ? this.#content : await this.#readOrMoveAside();
        taken = this.#waiting;
        this.#waiting = [];
        if (!isOurs) for (const change of taken) change(content);
        this.#prune(content);
        await writePrivate(file, this.#textOf(content));
        this.#known = await lookAt(file);
        this.#writeMs = performance.now() - startedAt;
        if (isOurs) return;
        // Whatever was changed while this was written is not in the file yet.
        for (const change of this.#waiting) change(content);
        this.#content = content;
      });
    } catch (error) {
      this.#waiting = [...taken, ...this.#waiting].slice(-MAX_WAITING);
      this.#warn(`What was learned cannot be written to ${this.path}: ${troubleOf(error)}. It will be learned again.`);
    }
  }

  /** What the file says; undefined when it makes no sense. */
  async #read(): Promise<Content | undefined> {
    const file = await readPrivate(this.path);
    if (file === undefined) return { machines: new Map(), transactions: new Map() };
    let data: unknown;
    try {
      data = JSON.parse(new TextDecoder().decode(file.bytes));
    } catch {
      return undefined;
    }
    const { success, data: state } = stateSchema.safeParse(data);
    if (!success) return undefined;
    const transactions = Object.entries(state.transactions)
      .map(([key, { at, result }]) => [key, { at: new Date(at), result }] as const)
      .sort(([, a], [, b]) => a.at.getTime() - b.at.getTime());
    return { machines: new Map(Object.entries(state.machines)), transactions: new Map(transactions) };
  }

  /** To be called while locked: the file may have been mended, or moved, by somebody else. */
  async #readOrMoveAside(): Promise<Content> {
    const content = await this.#read();
    if (content !== undefined) return content;
    const stamp = this.#now().toISOString().replace(/[:.]/g, '-');
    const aside = await moveAside(this.path, stamp);
    this.#warn(
      `What was learned earlier cannot be understood and was moved to ${aside}. Certificates will be taken on first sight again.`,
    );
    return { machines: new Map(), transactions: new Map() };
  }

  /** As JSON for people, too. */
  #textOf({ machines, transactions }: Content): string {
    return `{\n  "version": 1,\n  "machines": ${this.#objectOf(machines)},\n  "transactions": ${this.#objectOf(transactions)}\n}\n`;
  }

  #objectOf(entries: ReadonlyMap<string, object>): string {
    if (entries.size === 0) return '{}';
    const lines: string[] = [];
    for (const [key, entry] of entries) {
      let text = this.#texts.get(entry);
      if (text === undefined) {
        text = JSON.stringify(entry, null, 2).replaceAll('\n', '\n    ');
        this.#texts.set(entry, text);
      }
      lines.push(`    ${JSON.stringify(key)}: ${text}`);
    }
    return `{\n${lines.join(',\n')}\n  }`;
  }

  #prune({ transactions }: Content): void {
    for (const [key, seen] of transactions) {
      if (transactions.size <= MAX_TRANSACTIONS && !this.#isPast(seen)) break;
      transactions.delete(key);
    }
  }

  #isPast({ at }: SeenTransaction): boolean {
    return this.#now().getTime() - at.getTime() > TRANSACTION_HOURS * 3_600_000;
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  /** Once each: a disk that stays full would say so for ever. */
  #warn(sentence: string): void {
    if (this.warnings.includes(sentence)) return;
    this.warnings.push(sentence);
    this.#options.onWarning?.(sentence);
  }
}

const WRITE_DELAY_MS = 200;
const LONGEST_DELAY_MS = 2000;

/** Changes that wait for a disk that cannot be written; older ones are given up. */
const MAX_WAITING = 5000;
