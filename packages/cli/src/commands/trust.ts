/** `amt trust`: accepts the certificate a machine presents now in place of the one that is remembered. */
import type { Book, State } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { UsageError } from '../exit.ts';
import { Declined } from '../prompt.ts';
import { loadAutomation, openBookOf, openGuests, openStateOf } from '../session.ts';
import { resolveTargets, type Target } from '../targets.ts';

/** The command. */
export const trust = command({
  usage: '<target> [fingerprint]',
  describe: 'Accept the certificate a machine presents now. Compare the fingerprint first',
  examples: [
    ['trust office-pc', 'Show both fingerprints, and ask'],
    ['trust office-pc 3F:A2:…:09', 'Accept exactly this one'],
    ['trust office-pc --forget', 'Forget it: the next contact is the first again'],
  ],
  options: {
    target: { type: 'text', describe: 'The machine' },
    fingerprint: { type: 'text', describe: 'The fingerprint it must have, SHA-256' },
    forget: { type: 'flag', describe: 'Forget the certificate and whether it spoke TLS' },
    yes: { type: 'flag', alias: 'y', describe: 'Answer every question with yes' },
    timeout: { type: 'text', describe: 'How long one answer may take' },
    'legacy-tls': { type: 'flag', describe: 'Speak TLS 1.0 and 1.1 with it' },
  },
  run: async (app, given) => {
    const { parseHost, nearest } = await loadAutomation();
    const book = await openBookOf(app);
    const [target, ...others] = resolveTargets(book, [given.target ?? ''], { parseHost, nearest });
    if (target === undefined || others.length > 0) throw new UsageError('One machine at a time.');
    const state = await openStateOf(app);
    const key = await stateKey(target);
    const pinned = target.kind === 'book' ? book.machines.get(target.name)?.fingerprint : undefined;
    const before = pinned ?? state.machine(key)?.fingerprint;
    if (given.forget) {
      state.forget(key, ['fingerprint', 'tls', 'realm']);
      if (pinned !== undefined) await book.editMachine(target.name, { fingerprint: null });
      await state.flush();
      app.out.line(`Forgot the certificate of ${target.name}.`);
      return app.out.result({ machine: target.name, ok: true, data: { before, fingerprint: null } });
    }
    if (before === undefined && state.machine(key)?.tls === 'off') {
      app.out.say(`${target.name} speaks without TLS, so that it presents no certificate.`);
      const question = `Take whoever answers at its address for ${target.name} from now on?`;
      if (given.yes !== true && !(await app.prompt.confirm(question, '--yes'))) throw new Declined();
      state.forget(key, ['realm']);
      await state.flush();
      app.out.line(`The next machine that answers is taken for ${target.name}.`);
      return app.out.result({ machine: target.name, ok: true, data: { fingerprint: null } });
    }
    const presented = await presentedBy(app, book, state, target, given);
    const data = { before, fingerprint: presented };
    if (given.fingerprint !== undefined && hex(given.fingerprint) !== hex(presented)) {
      throw new UsageError(
        `${target.name} presents ${presented}, which is not the given fingerprint. Nothing was changed.`,
      );
    }
    if (hex(before ?? '') === hex(presented)) {
      app.out.line(`${target.name} presents the certificate that is trusted already: ${presented}`);
      return app.out.result({ machine: target.name, ok: true, data });
    }
    app.out.say(`Until now:  ${before ?? '(none)'}`);
    app.out.say(`Now:        ${presented}`);
    const sure = given.yes === true || given.fingerprint !== undefined;
    if (!sure && !(await app.prompt.confirm(`Trust ${target.name} with the new one?`, '--yes'))) throw new Declined();
    // A machine that was provisioned again has another realm, too.
    state.forget(key, ['realm']);
    state.learn(key, { fingerprint: presented, tls: 'on' });
    if (pinned !== undefined) await book.editMachine(target.name, { fingerprint: presented });
    await state.flush();
    app.out.line(`${target.name} is trusted with ${presented}`);
    app.out.result({ machine: target.name, ok: true, data });
  },
});

/** Under which name the machine was learned. */
async function stateKey(target: Target): Promise<string> {
  const { hostWithPorts } = await loadAutomation();
  return target.kind === 'book' ? target.name : hostWithPorts(target.host, target.ports?.wsman);
}

/** The certificate at the machine's door. Nobody logs in: one is expected that no machine has. */
async function presentedBy(
  app: App,
  book: Book,
  state: State,
  target: Target,
  given: { readonly timeout?: string | undefined; readonly 'legacy-tls'?: boolean | undefined },
): Promise<string> {
  const { Untrusted } = await import('@amtkit/core');
  const entry = target.kind === 'book' ? book.machines.get(target.name) : target;
  if (entry === undefined) throw new UsageError(`${target.name} is not in the book any more.`);
  const { host, ports } = entry;
  await using fleet = await openGuests(app, state, { timeout: given.timeout });
  const name = await fleet.add({
    name: target.name,
    host,
    password: '',
    tls: 'on',
    legacyTls: given['legacy-tls'] ?? ('legacyTls' in entry && entry.legacyTls === true),
    fingerprint: Array.from({ length: 32 }, () => '00').join(':'),
    ...(ports === undefined ? {} : { ports }),
  });
  try {
    await fleet.machine(name, { signal: app.signal });
  } catch (error) {
    if (error instanceof Untrusted && error.presented !== undefined) return error.presented;
    throw error;
  }
  throw new UsageError(`${target.name} presents no certificate.`);
}

function hex(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toUpperCase();
}
