/** A fleet for flows: over a book that is followed while it is open, or over none. */
import {
  type Audit,
  type Book,
  createFleet,
  type Fleet,
  type FleetOptions,
  loadPlugins,
  openAudit,
  openBook,
  openState,
} from '@amtkit/core/automation';

import { InvalidFlow } from '../problems.ts';

/** What a fleet is made from. Two of the same settings are alike. */
export interface FleetSettings {
  /** Path of the book; empty: where the command line finds it. Undefined: machines come with their nodes only. */
  readonly book: string | undefined;
  /** Between two looks at each machine; 0: nobody looks. */
  readonly pollSeconds: number;
  /** Where machines post alerts to, `host:port`; empty: their event logs are read. */
  readonly listen: string;
  /** Refuse certificates that were never seen before. */
  readonly strictTls: boolean;
}

/** A fleet that is open, and its end. */
export interface OpenFleet {
  readonly fleet: Fleet;
  readonly book: Book | undefined;
  close(): Promise<void>;
}

/** Where lines for people go. */
export interface FleetLog {
  info(line: string): void;
  warn(line: string): void;
}

/** Opens it. @throws InvalidBook */
export async function openFleet(settings: FleetSettings, log: FleetLog): Promise<OpenFleet> {
  const book =
    settings.book === undefined ? undefined : await openBook(settings.book === '' ? undefined : settings.book);
  for (const warning of book?.warnings ?? []) log.warn(warning);
  const state = await openState(undefined, { onWarning: (sentence) => log.warn(sentence) });
  const lines = (line: string): void => log.info(line);
  const settingsOfBook = book?.bridge;
  const audit: Audit | undefined =
    settingsOfBook?.audit === undefined ? undefined : openAudit({ ...settingsOfBook.audit, log: lines });
  const fleet = await createFleet({
    ...(book === undefined ? {} : { book, plugins: await loadPlugins(book) }),
    surface: 'node-red',
    ...(audit === undefined ? {} : { audit }),
    ...(settingsOfBook?.switchOff === undefined ? {} : { switchOff: settingsOfBook.switchOff }),
    state,
    strictTls: settings.strictTls,
    poll: settings.pollSeconds > 0,
    ...(settings.pollSeconds > 0 ? { patience: { pollMs: settings.pollSeconds * 1_000 } } : {}),
    ...alertsOf(settings),
    log: lines,
  });
  const following = new AbortController();
  const followed = book === undefined ? Promise.resolve() : follow(book, fleet, following.signal, log);
  return {
    fleet,
    book,
    close: async () => {
      following.abort();
      await followed;
      await fleet.close();
      await audit?.flush();
    },
  };
}

/** Alerts come where machines post them, else out of their event logs, unless nobody looks at them. @throws InvalidFlow */
function alertsOf({ listen, pollSeconds }: FleetSettings): Pick<FleetOptions, 'alerts'> {
  if (listen === '') return pollSeconds > 0 ? { alerts: {} } : {};
  const [, host, port] = /^\[?([^[\]]+?)\]?:(\d{1,5})$/.exec(listen) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new InvalidFlow(
      `Alerts are posted to an address and a port such as 0.0.0.0:9465, not ${JSON.stringify(listen)}.`,
    );
  }
  return { alerts: { listen: { host, port: Number(port) } } };
}

/** Takes over what is changed in the book: no flow needs to be deployed anew for it. */
async function follow(book: Book, fleet: Fleet, signal: AbortSignal, log: FleetLog): Promise<void> {
  for await (const change of book.changes({ signal })) {
    if (change.type === 'invalid') log.warn(`${change.error.message} The flows go on with what was there before.`);
    else await fleet.sync().catch((error: Error) => log.warn(`The book was not taken over: ${error.message}`));
  }
}
