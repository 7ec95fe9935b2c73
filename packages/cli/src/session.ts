/** What a command that talks to machines stands on: the book, what was learned, a fleet that does not poll. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Audit, Book, Fleet, FleetOptions, PluginUse, State } from '@amtkit/core/automation';
import type { App } from './app.ts';
import type { Arguments } from './command.ts';
import { type LoginOptions, loginsFor } from './credentials.ts';
import { parseDuration } from './durations.ts';
import { UsageError } from './exit.ts';
import type { connectionOptions } from './options.ts';
import { resolveTargets, type Target } from './targets.ts';

/** What was typed about connections. */
export type ConnectionArguments = Partial<Arguments<typeof connectionOptions>>;

/** A fleet with the machines of one command. */
export interface Session extends AsyncDisposable {
  readonly book: Book;
  readonly state: State;
  readonly fleet: Fleet;
  readonly targets: readonly Target[];
  /** Names of the targets in the fleet. */
  readonly machines: readonly string[];
}

/** The automation half of core; loaded when a command needs it. */
export function loadAutomation() {
  return import('@amtkit/core/automation');
}

/**
 * Opens the book, and says what is to be said about it.
 *
 * @param use `add` where the command may make the book; for others one that was named with `--config` must be there
 * @throws InvalidBook, UsageError
 */
export async function openBookOf(app: App, use: 'as-it-is' | 'add' = 'as-it-is'): Promise<Book> {
  const { openBook } = await loadAutomation();
  const book = await openBook(app.config);
  if (app.config !== undefined && use !== 'add' && !existsSync(book.path)) {
    throw new UsageError(
      `There is no machine book ${book.path}.`,
      'Check the path behind --config; amt add, amt import and amt scan --add make a new book.',
    );
  }
  for (const warning of book.warnings) app.out.say(`Note: ${warning}`);
  return book;
}

/** Opens what was learned. */
export async function openStateOf(app: App): Promise<State> {
  const { openState } = await loadAutomation();
  return await openState(undefined, { onWarning: (sentence) => app.out.warn(`Note: ${sentence}`) });
}

/** A fleet for machines that are not in the book, or not yet; `fleet.add` gives it some. */
export async function openGuests(app: App, state: State, given: ConnectionArguments): Promise<Fleet> {
  const { createFleet } = await loadAutomation();
  const fleet = await createFleet({ state, poll: false, ...accessOf(app, given) });
  void lookForCertificates(app, fleet);
  return fleet;
}

/** What a command wants of its fleet beside its targets. */
export interface SessionOptions extends Pick<FleetOptions, 'alerts' | 'library' | 'log' | 'consentCode'> {
  /** Polls the machines. */
  readonly watching?: { readonly pollMs?: number };
  /** What was typed about changes, where something may be changed: the plugins of the book are asked. */
  readonly changes?: { readonly plugins?: boolean | undefined };
}

/** Everything a command needs for its targets; passwords were asked for when this resolves. */
export async function openSession(
  app: App,
  typed: readonly string[],
  given: ConnectionArguments,
  { watching, changes, ...more }: SessionOptions = {},
): Promise<Session> {
  const access = accessOf(app, given);
  const { timeoutMs } = access;
  const { createFleet, defaultGrace, parseHost, nearest, openAudit } = await loadAutomation();
  const book = await openBookOf(app);
  const targets = resolveTargets(book, typed, { parseHost, nearest });
  const loginOf = await loginsFor(app, book, targets, given satisfies LoginOptions);
  const state = await openStateOf(app);
  const audit = book.bridge.audit && openAudit({ ...book.bridge.audit, user: userInfo().username, log: app.out.warn });
  const plugins = changes === undefined ? [] : await pluginsOf(app, book, changes, audit);
  const fleet = await createFleet({
    book,
    ...(audit === undefined ? {} : { audit }),
    plugins,
    surface: 'cli',
    log: app.out.warn,
    state,
    only: new Set(targets.map(({ name }) => name)),
    poll: watching !== undefined,
    credentialsOf: loginOf,
    ...access,
    ...more,
    patience: {
      ...(timeoutMs === undefined ? {} : { grace: { ...defaultGrace, hardMs: timeoutMs, softMs: timeoutMs } }),
      ...(watching?.pollMs === undefined ? {} : { pollMs: watching.pollMs }),
    },
  });
  const looking = lookForCertificates(app, fleet);
  for (const target of targets) {
    if (target.kind === 'book') continue;
    const { name, host, ports } = target;
    await fleet.add({
      name,
      host,
      ...(await loginOf(name)),
      tls: (given.tls as 'auto' | 'on' | 'off' | undefined) ?? 'auto',
      legacyTls: given['legacy-tls'] ?? false,
      ...(ports === undefined ? {} : { ports }),
    });
  }
  return {
    book,
    state,
    fleet,
    targets,
    machines: targets.map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      await fleet.close();
      await looking;
    },
  };
}

/** The plugins that are asked; whoever leaves them out is told, and taken down. @throws InvalidBook */
async function pluginsOf(
  { out }: App,
  book: Book,
  { plugins: asked }: NonNullable<SessionOptions['changes']>,
  audit: Audit | undefined,
): Promise<readonly PluginUse[]> {
  if (book.plugins.length === 0) return [];
  const { loadPlugins } = await loadAutomation();
  if (asked !== false) return await loadPlugins(book);
  const message = `Plugins of the book are not asked: ${book.plugins.map(({ use }) => use).join(', ')}.`;
  out.warn(`Note: ${message}`);
  audit?.record({ by: 'cli', action: 'plugins.left-out', ok: true, code: 'OK', message });
  return [];
}

/** How machines are spoken to. @throws UsageError */
function accessOf(app: App, given: ConnectionArguments): Pick<FleetOptions, 'timeoutMs' | 'strictTls' | 'trace'> {
  return {
    strictTls: given['strict-tls'] ?? false,
    ...(given.timeout === undefined ? {} : { timeoutMs: parseDuration(given.timeout, 'timeout', 1) }),
    ...(app.trace === undefined ? {} : { trace: app.trace }),
  };
}

/** Says which certificate was accepted at first sight. */
async function lookForCertificates(app: App, fleet: Fleet): Promise<void> {
  for await (const change of fleet.watch()) {
    if (change.type !== 'certificate') continue;
    app.out.warn(`${change.machine}: first contact, its certificate is accepted and remembered:`);
    app.out.warn(`  SHA-256 ${change.fingerprint}`);
  }
}
