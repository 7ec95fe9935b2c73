/**
 * What every node does that acts on a machine when a message arrives: it finds the machine, works off the messages for
 * each machine in their order, keeps a bounded number of them waiting, limits the time, shows its state, and tells
 * Catch nodes what failed.
 */
import type { Fleet } from '@amtkit/core/automation';
import type { Seat } from './fleet/pool.ts';
import { machineNode } from './machine/machine-node.ts';
import { secondsOf } from './message.ts';
import { problemOf, QueueFull } from './problems.ts';
import type { Done, Message, NodeConfig, Red, RedNode, Send } from './red.ts';
import { type StatusLine, statusLine } from './status.ts';

/** What the editor saves of every node that acts on a machine. */
export interface WorkerConfig extends NodeConfig {
  readonly machine?: string;
  /** Seconds; `msg.timeout` goes before it. */
  readonly timeout?: number | string;
}

/** One message that is worked on. */
export interface Task {
  readonly msg: Message;
  /** Id of the node. */
  readonly node: string;
  readonly fleet: Fleet;
  readonly seat: Seat;
  /** Name of the machine in the fleet. */
  readonly machine: string;
  /** Ends when the time is up, or the node ends. */
  readonly signal: AbortSignal;
  readonly send: Send;
  /** Shows what is being done. */
  readonly doing: (text: string) => void;
}

/** How messages are worked on. */
export interface Work {
  /** What is done, for sentences: `power.on`. @throws InvalidFlow */
  what(msg: Message): string;
  /** Seconds, where neither the node nor the message say otherwise. */
  readonly seconds: number;
  /** Does it; what it returns is shown below the node. */
  perform(task: Task): Promise<string>;
}

/** Messages that one node has in hand, waiting ones included. One more is refused. */
const MOST_IN_HAND = 100;

/** Makes a node work on its messages. */
export function workOff(red: Red, node: RedNode, config: WorkerConfig, work: Work): StatusLine {
  const closed = new AbortController();
  const status = statusLine(node);
  /** The last piece of work for each machine. */
  const lanes = new Map<string, Promise<void>>();
  let inHand = 0;
  try {
    machineNode(red, config.machine);
  } catch (error) {
    status.fail(error);
    node.warn((error as Error).message);
  }

  async function one(msg: Message, send: Send): Promise<string> {
    const seconds = secondsOf(msg.timeout, config.timeout, work.seconds);
    const what = work.what(msg);
    const { fleet, seat, machine } = await machineNode(red, config.machine).reach(msg);
    const time = AbortSignal.timeout(seconds * 1_000);
    const signal = AbortSignal.any([time, closed.signal]);
    const waiting = inHand > 1 ? ` (${inHand - 1} wait)` : '';
    const doing = (text: string) => status.show('blue', 'dot', text + waiting);
    doing(what);
    try {
      signal.throwIfAborted();
      return await work.perform({ msg, node: node.id, fleet, seat, machine, signal, send, doing });
    } catch (error) {
      throw problemOf(error, { machine, what, seconds, time, closed: closed.signal });
    }
  }

  async function inOrder(lane: string, msg: Message, send: Send, done: Done): Promise<void> {
    await lanes.get(lane);
    try {
      const text = await one(msg, send);
      if (inHand === 1) status.show('green', 'dot', text);
      done();
    } catch (error) {
      const problem = problemOf(error);
      status.fail(problem);
      done(problem);
    }
  }

  node.on('input', (msg, send, done) => {
    if (inHand >= MOST_IN_HAND) {
      const full = new QueueFull(
        `${MOST_IN_HAND} messages wait for ${node.name || node.type} already; this one was dropped.`,
        {
          hint: 'Let fewer messages through: a Filter or a Delay node before it does that.',
        },
      );
      status.fail(full);
      return done(full);
    }
    let lane: string;
    try {
      lane = machineNode(red, config.machine).labelFor(msg);
    } catch (error) {
      status.fail(error);
      return done(error as Error);
    }
    inHand++;
    const turn = inOrder(lane, msg, send, done).finally(() => {
      inHand--;
      if (lanes.get(lane) === turn) lanes.delete(lane);
    });
    lanes.set(lane, turn);
  });
  node.on('close', (_removed, done) => {
    closed.abort();
    status.end();
    void Promise.allSettled([...lanes.values()]).then(done, done);
  });
  return status;
}
