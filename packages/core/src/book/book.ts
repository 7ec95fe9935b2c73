/** The machine book: one YAML file that says which machines there are, and how to log in. */
import { dirname } from 'node:path';
import { AmtError, InvalidBook } from '../errors.ts';
import type { BridgeSettings } from './bridge-schema.ts';
import { withBrokerFiles } from './broker-schema.ts';
import { readDocument } from './document.ts';
import type { BookDraft, CredentialsInput, MachineChanges } from './draft.ts';
import { editedText } from './edited-text.ts';
import { fileChanges } from './file-changes.ts';
import { type LockPatience, whileLocked } from './lock.ts';
import { bookPlace, pathFrom, type Surroundings, systemSurroundings } from './places.ts';
import { endOf, isMarkedReadOnly, makeFolderOf, readPrivate, troubleOf, writePrivate } from './private-file.ts';
import type { BookContent, BookCredentials, BookMachine, BookMachineInput, BookMedium, BookPlugin } from './schema.ts';
import { lookUp, type SecretSources, systemSecretSources } from './secrets.ts';
import { selectMachines } from './select.ts';
import type { Secret } from './terms.ts';
import { warningsOf } from './warnings.ts';

/** The book as it was last read, and the ways to change it. */
export interface Book {
  /** Absolute. There need not be a file. */
  readonly path: string;
  /** By name, in the order of the file. */
  readonly machines: ReadonlyMap<string, BookMachine>;
  readonly credentials: ReadonlyMap<string, BookCredentials>;
  /** The library of media; paths are absolute. */
  readonly media: ReadonlyMap<string, BookMedium>;
  readonly bridge: BridgeSettings;
  readonly plugins: readonly BookPlugin[];
  /** Sentences for a person: what is allowed and should not stay. */
  readonly warnings: readonly string[];
  /** User and password of a machine, looked up now. @throws InvalidBook naming where the password should have come from */
  credentialsOf(name: string): Promise<{ readonly user: string; readonly password: string }>;
  /** Looks any secret of the book up. @param whose begins the sentence when it cannot be had @throws InvalidBook */
  secret(secret: Secret, whose: string): Promise<string>;
  /** Names behind names, `@tags` and `@all`, each once, in the order of the book. @throws InvalidBook for unknown ones */
  select(targets: readonly string[]): string[];
  /**
   * Changes the file: all that `change` does, or nothing. What others have written meanwhile is kept.
   * @throws InvalidBook when the result would be none, or the file cannot be written
   */
  edit(change: (draft: BookDraft) => void): Promise<void>;
  /** One change of {@link BookDraft}, written at once; likewise the next four. */
  addMachine(name: string, entry: BookMachineInput): Promise<void>;
  editMachine(name: string, changes: MachineChanges): Promise<void>;
  renameMachine(from: string, to: string): Promise<void>;
  removeMachine(name: string): Promise<void>;
  setCredentials(name: string, set: CredentialsInput | undefined): Promise<void>;
  /** Reads the file again; whether anything is new. @throws InvalidBook, and the old content stays */
  reload(): Promise<boolean>;
  /** Follows the file from now on. Content that is wrong is reported, and the old one stays. */
  changes(options?: { readonly signal?: AbortSignal; readonly intervalMs?: number }): AsyncIterable<BookChange>;
}

/** The file has changed. */
export type BookChange = { readonly type: 'reloaded' } | { readonly type: 'invalid'; readonly error: InvalidBook };

/** For tests and unusual hosts. */
export interface OpenBookOptions {
  readonly surroundings?: Surroundings;
  readonly secrets?: SecretSources;
  readonly lock?: LockPatience;
}

/**
 * Opens the book at `path`, else `$AMTKIT_CONFIG`, else `./amtkit.yaml`, else the user's own. Where there is no file, it
 * is empty, and the first change makes one.
 *
 * @throws InvalidBook naming file, line and key; the file is not touched
 */
export async function openBook(path?: string, options: OpenBookOptions = {}): Promise<Book> {
  const surroundings = options.surroundings ?? systemSurroundings();
  const place = await bookPlace(
    path === undefined ? surroundings : { ...surroundings, env: { ...surroundings.env, AMTKIT_CONFIG: path } },
  );
  const book = new BookFile(place.path, place.warnings, options);
  await book.reload();
  return book;
}

class BookFile implements Book {
  readonly path: string;
  machines: ReadonlyMap<string, BookMachine> = new Map();
  credentials: ReadonlyMap<string, BookCredentials> = new Map();
  media: ReadonlyMap<string, BookMedium> = new Map();
  bridge!: BridgeSettings;
  plugins: readonly BookPlugin[] = [];
  warnings: readonly string[] = [];
  readonly #placeWarnings: readonly string[];
  readonly #sources: SecretSources;
  readonly #patience: LockPatience;
  /** Look-ups under way: a thousand machines with one set of credentials run its command once. */
  readonly #lookUps = new Map<string, Promise<string>>();
  #text: string | undefined;
  #revision = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, warnings: readonly string[], options: OpenBookOptions) {
    this.path = path;
    this.#placeWarnings = warnings;
    this.#sources = options.secrets ?? systemSecretSources(dirname(path));
    this.#patience = options.lock ?? {};
  }

  async credentialsOf(name: string): Promise<{ user: string; password: string }> {
    const entry = this.machines.get(name);
    if (entry === undefined) throw new InvalidBook(`${name} is not in the book ${this.path}.`, { file: this.path });
    const set = entry.credentials === undefined ? undefined : this.credentials.get(entry.credentials);
    const user = set?.user ?? entry.user ?? 'admin';
    const password = set?.password ?? entry.password;
    if (password === undefined) {
      throw new InvalidBook(`The book ${this.path} has no password for ${name}.`, {
        file: this.path,
        key: `machines.${name}`,
        hint: `Give it credentials: amt edit ${name} --credentials NAME`,
      });
    }
    const whose = set === undefined ? `of ${name}` : `of the credentials ${entry.credentials}`;
    return { user, password: await this.secret(password, `The password ${whose}`) };
  }

  async secret(secret: Secret, whose: string): Promise<string> {
    if (typeof secret === 'string') return secret;
    const key = JSON.stringify([secret, whose]);
    let found = this.#lookUps.get(key);
    if (found === undefined) {
      const reference = 'file' in secret ? { file: pathFrom(this.path, secret.file) } : secret;
      found = lookUp(reference, whose, this.#sources).finally(() => this.#lookUps.delete(key));
      this.#lookUps.set(key, found);
    }
    return await found;
  }

  select(targets: readonly string[]): string[] {
    return selectMachines(this.machines, targets, this.path);
  }

  async edit(change: (draft: BookDraft) => void): Promise<void> {
    const turn = this.#turn.then(() => this.#editNow(change));
    this.#turn = turn.catch(() => {});
    await turn;
  }

  addMachine(name: string, entry: BookMachineInput): Promise<void> {
    return this.edit((draft) => draft.addMachine(name, entry));
  }

  editMachine(name: string, changes: MachineChanges): Promise<void> {
    return this.edit((draft) => draft.editMachine(name, changes));
  }

  renameMachine(from: string, to: string): Promise<void> {
    return this.edit((draft) => draft.renameMachine(from, to));
  }

  removeMachine(name: string): Promise<void> {
    return this.edit((draft) => draft.removeMachine(name));
  }

  setCredentials(name: string, set: CredentialsInput | undefined): Promise<void> {
    return this.edit((draft) => draft.setCredentials(name, set));
  }

  async reload(): Promise<boolean> {
    const { text, mode } = await this.#read();
    const before = this.#revision;
    this.#take(text, mode);
    return this.#revision !== before;
  }

  async *changes(
    options: { readonly signal?: AbortSignal; readonly intervalMs?: number } = {},
  ): AsyncGenerator<BookChange> {
    let seen = this.#revision;
    let complaint: string | undefined;
    for await (const _ of fileChanges(this.path, options.intervalMs ?? WATCH_MS, options.signal)) {
      try {
        await this.reload();
        complaint = undefined;
      } catch (error) {
        if (!(error instanceof InvalidBook)) throw error;
        if (error.message !== complaint) yield { type: 'invalid', error };
        complaint = error.message;
      }
      if (this.#revision !== seen) yield { type: 'reloaded' };
      seen = this.#revision;
    }
  }

  async #editNow(change: (draft: BookDraft) => void): Promise<void> {
    try {
      await makeFolderOf(this.path);
      const file = await endOf(this.path);
      if (await isMarkedReadOnly(file)) throw this.#notWritten('it is marked as read-only');
      await whileLocked(
        file,
        async () => {
          const { text: before } = await this.#read();
          const after = editedText(before, this.path, change);
          if (after !== before) await writePrivate(file, after);
          this.#take(after, 0o600);
        },
        this.#patience,
      );
    } catch (error) {
      if (error instanceof AmtError || error instanceof TypeError) throw error;
      throw this.#notWritten(troubleOf(error));
    }
  }

  async #read(): Promise<{ text: string; mode: number }> {
    try {
      const file = await readPrivate(this.path);
      if (file === undefined) return { text: '', mode: 0o600 };
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(file.bytes), mode: file.mode };
    } catch (error) {
      const reason = error instanceof TypeError ? 'it is not UTF-8 text' : troubleOf(error);
      throw new InvalidBook(`The book ${this.path} cannot be read: ${reason}.`, { file: this.path });
    }
  }

  #take(text: string, mode: number): void {
    const { content } = readDocument(text, this.path);
    this.warnings = [...this.#placeWarnings, ...warningsOf(content, this.path, mode)];
    if (text === this.#text) return;
    this.#text = text;
    this.#revision++;
    this.machines = new Map(Object.entries(content.machines));
    this.credentials = new Map(Object.entries(content.credentials));
    this.media = new Map(Object.entries(content.media).map(([name, medium]) => [name, this.#withPath(medium)]));
    this.bridge = this.#withPaths(content.bridge);
    this.plugins = content.plugins;
  }

  #withPath(medium: BookMedium): BookMedium {
    return 'path' in medium ? { path: pathFrom(this.path, medium.path) } : medium;
  }

  #withPaths(bridge: BookContent['bridge']): BridgeSettings {
    const path = (file: string) => pathFrom(this.path, file);
    const { audit } = bridge;
    return {
      ...bridge,
      broker: withBrokerFiles(bridge.broker, path),
      ...(audit === undefined ? {} : { audit: { ...audit, file: path(audit.file) } }),
    };
  }

  #notWritten(reason: string): InvalidBook {
    return new InvalidBook(`The book ${this.path} cannot be written: ${reason}. Nothing was changed.`, {
      file: this.path,
    });
  }
}

/** How often a followed file is looked at. */
const WATCH_MS = 1000;
