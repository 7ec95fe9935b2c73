/**
 * What the bridge counts, for Prometheus. No label is taken from what people name or send: a thousand machines have as
 * many series as one.
 */
import type { FleetChange, FleetMeter, Reachability } from '@amtkit/core/automation';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BridgeContext } from '../context.ts';

/** The counts of one bridge. */
export interface Metrics {
  /** What its fleet tells. */
  readonly meter: FleetMeter;
  /** Another change of the fleet. */
  changed(change: FleetChange): void;
  /** Everything, in the text format of Prometheus, with how the bridge is at this moment. */
  text(context: BridgeContext): Promise<string>;
  readonly contentType: string;
}

/** Bounds of round trips: firmware answers in 20 ms to some seconds. */
const ROUND_TRIPS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Bounds of commands: a reset is done in a second, a graceful shutdown is waited for by minutes. */
const COMMANDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];

/** Stable words of errors are few; if ever there are more, they are counted together. */
const MOST_CODES = 50;

/** Counts that begin at nothing. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `amtkit_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });

  const roundTrips = new Histogram({
    name: 'amtkit_round_trip_seconds',
    help: 'Requests to firmware that were answered.',
    buckets: ROUND_TRIPS,
    registers,
  });
  const commandTimes = new Histogram({
    name: 'amtkit_command_seconds',
    help: 'Commands, from their arrival to their result.',
    labelNames: ['outcome'],
    buckets: COMMANDS,
    registers,
  });
  const polls = counter('polls_total', 'Polls of machines.', 'outcome');
  const commands = counter('commands_total', 'Commands by the code of their result.', 'code');
  const reimages = counter('reimages_total', 'Reimages that have ended.', 'outcome');
  const sessionBytes = counter('session_bytes_total', 'Bytes through sessions.', 'service', 'direction');
  const pictureBytes = counter('picture_bytes_total', 'Bytes of pictures of screens.');
  const sessions = gauge('amtkit_sessions', 'Sessions that are open.', 'service');
  const codes = new Set<string>();
  for (const outcome of ['ok', 'failed']) {
    polls.inc({ outcome }, 0);
    reimages.inc({ outcome }, 0);
  }

  const machines = gauge('amtkit_machines', 'Machines by reachability.', 'reachability');
  const waiting = gauge('amtkit_queue_length', 'Commands and readings that wait or run, over all machines.');
  const longest = gauge('amtkit_queue_longest', 'The same, at the machine that has most of them.');
  const connected = gauge('amtkit_broker_connected', '1 while the broker is there.');
  const backlog = gauge('amtkit_broker_backlog', 'Messages that wait or are not acknowledged.');
  const failures = gauge('amtkit_plugin_failures', 'Hooks that went wrong, by plugin.', 'plugin');
  const info = gauge('amtkit_info', 'Always 1.', 'version', 'protocol');
  const started = gauge('process_start_time_seconds', 'When the process started, seconds since 1970.');
  const resident = gauge('process_resident_memory_bytes', 'Memory of the process.');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Memory of its objects.');
  const cpu = gauge('process_cpu_seconds', 'Time that its processors have worked.');

  function look({ fleet, connection, plugins, version }: BridgeContext): void {
    const by: Record<Reachability, number> = { unknown: 0, online: 0, offline: 0, refused: 0 };
    let total = 0;
    let most = 0;
    for (const machine of fleet.machines.values()) {
      by[machine.reachability]++;
      total += machine.waiting ?? 0;
      most = Math.max(most, machine.waiting ?? 0);
    }
    for (const [reachability, count] of Object.entries(by)) machines.set({ reachability }, count);
    waiting.set(total);
    longest.set(most);
    connected.set(connection.connected ? 1 : 0);
    backlog.set(connection.backlog);
    for (const { name, failures: count } of plugins()) failures.set({ plugin: name }, count);
    info.reset();
    info.set({ version, protocol: connection.protocol ?? '' }, 1);
    started.set(Date.now() / 1000 - process.uptime());
    const { rss, heapUsed } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    const { user, system } = process.cpuUsage();
    cpu.set((user + system) / 1e6);
  }

  return {
    contentType: registry.contentType,
    meter: {
      roundTrip: (ms) => roundTrips.observe(ms / 1000),
      polled: (ok) => polls.inc({ outcome: ok ? 'ok' : 'failed' }),
      session({ service, open, sent, received }) {
        const of = service.toLowerCase();
        if (open !== 0) sessions.inc({ service: of }, open);
        if (sent > 0) sessionBytes.inc({ service: of, direction: 'sent' }, sent);
        if (received > 0) sessionBytes.inc({ service: of, direction: 'received' }, received);
      },
    },
    changed(change) {
      if (change.type === 'result') {
        if (codes.size < MOST_CODES) codes.add(change.code);
        commands.inc({ code: codes.has(change.code) ? change.code : 'OTHER' });
        commandTimes.observe({ outcome: change.ok ? 'ok' : 'failed' }, change.ms / 1000);
      } else if (change.type === 'picture') pictureBytes.inc(change.png.length);
      else if (change.type === 'reimage') {
        const { stage } = change.stage;
        if (stage === 'finished' || stage === 'failed')
          reimages.inc({ outcome: stage === 'finished' ? 'ok' : 'failed' });
      }
    },
    async text(context) {
      look(context);
      return await registry.metrics();
    },
  };
}
