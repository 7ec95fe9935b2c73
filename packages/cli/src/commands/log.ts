/** `amt log event` and `amt log audit`: records of a machine, once or as they come. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from '@amtkit/core';
import type { App } from '../app.ts';
import { type Arguments, type Command, command } from '../command.ts';
import { parseCount, parseDuration } from '../durations.ts';
import { targetOptions } from '../options.ts';
import { columnsOf } from '../presentation.ts';
import { overMachines } from '../run.ts';
import { openSession } from '../session.ts';
import { listLines } from '../values.ts';

const options = {
  limit: { type: 'text', describe: 'Only so many, the newest' },
  follow: { type: 'flag', alias: 'f', describe: 'Go on, and show new ones as they come' },
  interval: { type: 'text', describe: 'How often --follow asks (10s)' },
  ...targetOptions,
} as const;

type LogArguments = Arguments<typeof options>;

/** A record of either log. */
interface LogRecord {
  readonly at: Date;
}

/** One of the logs. */
interface Log {
  readonly id: 'log.event' | 'log.audit';
  readonly type: 'event' | 'audit';
  /** Newest first. */
  read(machine: Machine, limit: number | undefined): Promise<readonly LogRecord[]>;
}

/** The two commands; they take the place of what the table of capabilities would give. */
export const logs: Readonly<Record<string, Command>> = {
  event: logCommand('The event log, newest first: what the BIOS and the firmware noticed', {
    id: 'log.event',
    type: 'event',
    read: (machine, limit) => machine.eventLog.read(limit === undefined ? {} : { limit }),
  }),
  audit: logCommand('The audit log, newest first: who did what through AMT', {
    id: 'log.audit',
    type: 'audit',
    read: async (machine, limit) => (await machine.auditLog.read()).slice(0, limit),
  }),
};

function logCommand(describe: string, log: Log): Command {
  return command({
    usage: '<targets..>',
    describe,
    examples: [
      [`log ${log.type} office-pc --limit 20`, 'The newest twenty'],
      [`log ${log.type} @lab --follow --jsonl`, 'New ones of several machines, one object a line'],
    ],
    options,
    run: (app, given) => (given.follow ? follow(app, log, given) : show(app, log, given)),
  });
}

async function show(app: App, log: Log, given: LogArguments): Promise<void> {
  const limit = given.limit === undefined ? undefined : parseCount(given.limit, 'limit');
  await using session = await openSession(app, given.targets, given);
  const { fleet, machines } = session;
  const read = async (name: string): Promise<Readonly<Record<string, readonly LogRecord[]>>> => {
    const machine = await fleet.machine(name, { signal: app.signal });
    return { [log.id]: await log.read(machine, limit) };
  };
  const outcomes = await overMachines(app, machines, given, read);
  for (const { machine, data } of outcomes) {
    if (data === undefined) continue;
    if (machines.length > 1) app.out.line(app.out.style('bold', machine));
    const records = data[log.id] ?? [];
    if (records.length === 0) app.out.say(`${machine}: the log is empty.`);
    else for (const line of listLines(records, columnsOf(log.id), app.out.width)) app.out.line(line);
  }
}

/** How many records are read again to find the new ones. */
const LOOK_BACK = 50;

async function follow(app: App, log: Log, given: LogArguments): Promise<void> {
  app.out.stream();
  const everyMs = parseDuration(given.interval ?? '10s', 'interval', 1);
  await using session = await openSession(app, given.targets, given);
  const { fleet, machines } = session;
  const several = machines.length > 1;
  const print = (name: string, record: LogRecord): void => {
    app.out.event({ ...record, type: log.type, machine: name, at: record.at });
    const [, line = ''] = listLines([record], columnsOf(log.id), app.out.width);
    app.out.line(several ? `${name}  ${line}` : line);
  };
  await overMachines(app, machines, { ...given, parallel: String(machines.length) }, async (name) => {
    const seen = new Set<string>();
    let first = true;
    for (;;) {
      const machine = await fleet.machine(name, { signal: app.signal });
      const newest = (await log.read(machine, LOOK_BACK)).toReversed();
      const fresh = newest.filter((record) => !seen.has(JSON.stringify(record)));
      const shown = first ? fresh.slice(-(given.limit === undefined ? 10 : parseCount(given.limit, 'limit'))) : fresh;
      for (const record of shown) print(name, record);
      for (const record of fresh) seen.add(JSON.stringify(record));
      first = false;
      await delay(everyMs, undefined, { signal: app.signal });
    }
  });
}
