/** `amt ider status`: whether drives can be lent to a machine, and whether somebody does. */
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { failureOf } from '../exit.ts';
import { targetOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { openSession, type Session } from '../session.ts';

/** What is found. */
interface Status {
  readonly feature: boolean | undefined;
  readonly listener: boolean | undefined;
  /** `closed` where nobody could have one. */
  readonly session: 'free' | 'in use' | 'needs consent' | 'closed' | 'unknown';
  /** Why it is unknown. */
  readonly reason?: string;
}

/** The command. */
export const status = command({
  usage: '<targets..>',
  describe: 'Whether drives can be lent to machines, and whether somebody does',
  note: 'Firmware tells of a session only whom it refuses another: one is opened and closed at once, without drives.',
  examples: [
    ['ider status office-pc', 'One machine'],
    ['ider status @lab --json', 'A room, as JSON'],
  ],
  options: targetOptions,
  run: async (app, given) => {
    await using session = await openSession(app, given.targets, given);
    const outcomes = await overMachines(app, session.machines, given, (machine) => look(app, session, machine));
    const rows = outcomes.flatMap(({ machine, data }) => (data === undefined ? [] : [row(machine, data)]));
    if (rows.length > 0) app.out.table(['machine', 'storage redirection', 'listener', 'session', 'reason'], rows);
  },
});

async function look(app: App, { fleet }: Session, name: string): Promise<Status> {
  const values = await fleet.readMany(name, ['features.ider', 'features.listener'], { signal: app.signal });
  const [feature, listener] = [flagOf(values.get('features.ider')), flagOf(values.get('features.listener'))];
  if (feature === false || listener === false) return { feature, listener, session: 'closed' };
  try {
    const machine = await fleet.machine(name, { signal: app.signal });
    const stream = await machine.redirect('ider', { signal: app.signal });
    await stream.close();
    return { feature, listener, session: 'free' };
  } catch (error) {
    app.signal.throwIfAborted();
    const { code, busy, message } = failureOf(error);
    if (code === 'REDIRECTION_REFUSED' && busy === true) return { feature, listener, session: 'in use' };
    if (code === 'CONSENT_REQUIRED') return { feature, listener, session: 'needs consent' };
    return { feature, listener, session: 'unknown', reason: message };
  }
}

/** @throws what the reading failed with */
function flagOf(value: unknown): boolean | undefined {
  if (value instanceof Error) throw value;
  return typeof value === 'boolean' ? value : undefined;
}

function row(machine: string, { feature, listener, session, reason = '' }: Status): string[] {
  const shown = (value: boolean | undefined): string => (value === undefined ? 'unknown' : value ? 'on' : 'off');
  return [machine, shown(feature), shown(listener), session, reason];
}
