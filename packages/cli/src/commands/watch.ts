/** `amt watch`: what changes at machines. On a terminal one table that stays current, in a pipe one object a line. */
import type { FleetChange, FleetMachine } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { parseDuration } from '../durations.ts';
import { failureOf } from '../exit.ts';
import { connectionOptions, petPortOf } from '../options.ts';
import { openSession, type Session } from '../session.ts';
import { tableLines } from '../table.ts';
import { timeText } from '../values.ts';

/** The command. */
export const watch = command({
  usage: '[targets..]',
  describe: 'Show what changes, until Ctrl-C: a table on a terminal, one JSON object a line in a pipe',
  examples: [
    ['watch', 'All machines of the book'],
    ['watch @lab --interval 10s', 'Those with the tag lab, asked every ten seconds'],
    ['watch office-pc --jsonl', 'One object for each change'],
    ['watch --pet-port 162', 'What machines send as SNMP traps, too'],
  ],
  options: {
    targets: { type: 'texts', describe: 'Names, tags such as @lab, or addresses (@all)' },
    interval: { type: 'text', describe: 'How often machines are asked (30s)' },
    'pet-port': { type: 'text', describe: 'Hear SNMP traps at this UDP port, too; machines send to 162' },
    ...connectionOptions,
  },
  run: async (app, given) => {
    app.out.stream();
    const pollMs = parseDuration(given.interval ?? '30s', 'interval', 1);
    const targets = given.targets.length === 0 ? ['@all'] : given.targets;
    await using session = await openSession(app, targets, given, {
      watching: { pollMs },
      alerts: { petPort: petPortOf(given['pet-port']), patience: { tailMs: Math.max(LOOK_MS, pollMs) } },
      log: (line) => app.out.say(line),
    });
    if (app.out.live) await showTable(app, session);
    else await writeLines(app, session);
  },
});

/** Milliseconds between two looks at an event log, at least. */
const LOOK_MS = 5_000;

async function writeLines(app: App, { fleet }: Session): Promise<void> {
  const lines = app.out.mode === 'jsonl' ? app.out.event : app.out.jsonLine;
  for await (const change of fleet.watch({ signal: app.signal })) lines({ at: new Date(), ...plain(change) });
}

/** A change as an event: errors as what is told of them. */
function plain(change: FleetChange): FleetChange & { readonly [key: string]: unknown } {
  return 'error' in change && change.error !== undefined
    ? ({ ...change, error: failureOf(change.error, change.machine) } as never)
    : ({ ...change } as never);
}

/** Drawn anew at most so often. */
const REDRAW_MS = 200;

async function showTable(app: App, { fleet, machines }: Session): Promise<void> {
  const { stdout } = process;
  let height = 0;
  const notes = new Map<string, string>();
  const draw = (): void => {
    const rows = machines.flatMap((name) => {
      const machine = fleet.machines.get(name);
      return machine === undefined ? [] : [row(machine, notes.get(name) ?? '')];
    });
    const lines = tableLines(['machine', 'power', 'reachable', 'ms', 'next boot', 'last'], rows, {
      width: app.out.width,
    });
    if (height > 0) stdout.write(`\u001b[${height}A\u001b[J`);
    stdout.write(`${lines.join('\n')}\n`);
    height = lines.length;
  };
  let timer: NodeJS.Timeout | undefined;
  draw();
  for await (const change of fleet.watch({ signal: app.signal })) {
    const note = noteOf(change);
    if (note !== undefined) notes.set(change.machine, `${timeText(new Date()).slice(11, 19)} ${note}`);
    timer ??= setTimeout(() => {
      timer = undefined;
      draw();
    }, REDRAW_MS);
  }
  clearTimeout(timer);
  draw();
}

function row({ name, values, reachability, roundTripMs, error }: FleetMachine, note: string): string[] {
  const next = String(values.get('boot.next') ?? '');
  return [
    name,
    String(values.get('power.state') ?? 'unknown'),
    reachability,
    roundTripMs === undefined ? '' : String(Math.round(roundTripMs)),
    next === 'unknown' || next === 'none' ? '' : next,
    error === undefined ? note : error.message,
  ];
}

function noteOf(change: FleetChange): string | undefined {
  if (change.type === 'transition' || change.type === 'result') return change.message;
  if (change.type === 'alert') return change.alert.text;
  return undefined;
}
