/** `amt doctor`: looks at everything that usually goes wrong, and says how to fix what did. */
import { connect } from 'node:net';
import type { Machine } from '@amtkit/core';
import type { BookMachine, LearnedMachine } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { type Failure, failureOf } from '../exit.ts';
import { type Finding, findingsOf, type Port, type Sight } from '../findings.ts';
import { targetOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { loadAutomation, openSession, type Session } from '../session.ts';

const options = targetOptions;

/** The command. */
export const doctor = command({
  usage: '<targets..>',
  describe: 'Look at ports, log-in, TLS, mode, features, listener, consent, clock and sessions; changes nothing',
  examples: [
    ['doctor office-pc', 'Each finding, with its fix'],
    ['doctor @all --json', 'Of every machine, as JSON; exit code 12 when something is broken'],
  ],
  options,
  run: async (app, given) => {
    await using session = await openSession(app, given.targets, given);
    const outcomes = await overMachines(app, session.machines, given, async (name) => {
      const findings = findingsOf(await look(app, session, name, given));
      return { healthy: findings.every(({ status }) => status !== 'broken'), findings };
    });
    for (const [n, { machine, data }] of outcomes.entries()) {
      if (data === undefined) continue;
      if (outcomes.length > 1) app.out.line(`${n === 0 ? '' : '\n'}${app.out.style('bold', machine)}`);
      for (const finding of data.findings) for (const line of findingLines(app, finding)) app.out.line(line);
      if (!data.healthy) app.exit(12);
    }
  },
});

/** How long a port may take to answer. */
const PORT_MS = 3000;

async function look(
  app: App,
  { fleet, book, state, targets }: Session,
  name: string,
  given: Arguments<typeof options>,
): Promise<Sight> {
  const host = fleet.machines.get(name)?.host ?? name;
  const entry = book.machines.get(name);
  const target = targets.find((each) => each.name === name);
  const ports: BookMachine['ports'] = target?.kind === 'address' ? target.ports : entry?.ports;
  const patience =
    given.timeout === undefined ? PORT_MS : Math.min(PORT_MS, parseDuration(given.timeout, 'timeout', 1));
  const probe = (port: number): Promise<Port> => probePort(host, port, patience, app.signal);
  const wsman = ports?.wsman === undefined ? [16992, 16993] : [ports.wsman];
  const redirection = ports?.redirection === undefined ? [16994, 16995] : [ports.redirection];
  const [pong, wsmanPorts, redirectionPorts] = await Promise.all([
    presence(app, host, ports?.rmcp),
    Promise.all(wsman.map(probe)),
    Promise.all(redirection.map(probe)),
  ]);
  const inBook = target?.kind !== 'address';
  const seen = { name, inBook, pong, wsmanPorts, redirectionPorts, expectedUuid: entry?.uuid, now: new Date() };
  if (!wsmanPorts.some(({ open }) => open)) return { ...seen, unread: [] };
  const { hostWithPorts } = await loadAutomation();
  const locked = lockOf(state.machine(inBook ? name : hostWithPorts(host, ports?.wsman)), seen.now);
  if (locked !== undefined) return { ...seen, failure: locked, unread: [] };
  try {
    const machine = await fleet.machine(name, { signal: app.signal });
    return { ...seen, ...(await inside(machine)) };
  } catch (error) {
    app.signal.throwIfAborted();
    const { Untrusted } = await import('@amtkit/core');
    const stranger = error instanceof Untrusted && error.stranger;
    return { ...seen, failure: failureOf(error, name), stranger, unread: [] };
  }
}

/** Refusals in a row after which firmware locks the account, and the longest lock. */
const LOCKS_AFTER = 10;
const LOCKED_MS = 80_000;

/** Why nobody is to log in now: another refusal would only make the lock longer. */
function lockOf({ refusals = 0, refusedAt = '' }: LearnedMachine = {}, now: Date): Failure | undefined {
  const until = Date.parse(refusedAt) + LOCKED_MS;
  if (refusals < LOCKS_AFTER || !(until > now.getTime())) return undefined;
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `Not tried: the last ${refusals} log-ins in a row were refused, so the account is locked.`,
    lockedUntil: new Date(until).toISOString(),
  };
}

/** What one sees after logging in; what fails is taken down and does not hide the rest. */
async function inside(machine: Machine): Promise<Partial<Sight> & Pick<Sight, 'unread'>> {
  const unread: Sight['unread'][number][] = [];
  const read = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      unread.push({ what, failure: failureOf(error) });
      return undefined;
    }
  };
  const { adviceFor } = await import('@amtkit/core');
  const { version, build } = machine.firmware;
  const general = await read('mode', () => machine.general.read());
  const features = await read('features', () => machine.features.read());
  const consent = await read('consent', () => machine.consent.read());
  const clock = await read('clock', () => machine.clock.read());
  return {
    firmware: machine.firmware,
    advice: adviceFor(version, build),
    certificate: machine.certificate,
    ...(general === undefined ? {} : { general }),
    ...(features === undefined ? {} : { features }),
    ...(consent === undefined ? {} : { consent: consent.state }),
    ...(clock === undefined ? {} : { clockOffset: clock.offsetSeconds }),
    unread,
  };
}

async function presence(app: App, host: string, port: number | undefined) {
  const { discover } = await import('@amtkit/core');
  const options = { tcp: false, signal: app.signal, ...(port === undefined ? {} : { port }) } as const;
  try {
    for await (const machine of discover(host, options)) return machine;
  } catch {
    // No way to ping is no answer to the ping; the ports say more.
    app.signal.throwIfAborted();
  }
  return undefined;
}

function probePort(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<Port> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs, signal });
    const end = (open: boolean) => (): void => {
      socket.destroy();
      resolve({ port, open });
    };
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false));
  });
}

function findingLines(app: App, { status, check, text, fix }: Finding): string[] {
  const color = { ok: 'green', note: 'yellow', broken: 'red' } as const;
  const head = `${app.out.style(color[status], status.padEnd(6))}  ${check.padEnd(9)} ${text}`;
  return status === 'ok' || fix === undefined ? [head] : [head, `        ${' '.repeat(9)} Fix: ${fix}`];
}
