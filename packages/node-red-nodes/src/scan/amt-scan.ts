/** The node `amt-scan`: looks for machines with AMT in a range of addresses, and tells each as it answers. */
import { type DiscoveredMachine, type DiscoverOptions, discover } from '@amtkit/core';
import { fleetNode } from '../fleet/fleet-node.ts';
import { isGiven, secondsOf, shown } from '../message.ts';
import { InvalidFlow, problemOf } from '../problems.ts';
import type { Message, NodeConfig, Red, RedNode, Send } from '../red.ts';
import { statusLine } from '../status.ts';
import { evaluated, fieldOf } from '../typed.ts';

interface ScanConfig extends NodeConfig {
  /** The fleet whose plugins hear of what is found. @default none */
  readonly fleet?: string;
  readonly timeout?: number | string;
  /** Packets a second. @default what suits the network */
  readonly rate?: number | string;
  /** Ask over TCP who does not answer the ping: names and small ranges, everybody, nobody. @default 'auto' */
  readonly tcp?: 'auto' | 'yes' | 'no';
  /** UDP port of the ping. @default 623 */
  readonly port?: number | string;
}

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtScan(this: RedNode, config: ScanConfig): void {
    RED.nodes.createNode(this, config);
    const status = statusLine(this);
    const closed = new AbortController();
    let running: { readonly stop: AbortController; readonly over: Promise<void> } | undefined;

    const rangeOf = async (msg: Message): Promise<string> => {
      const field = fieldOf(config, 'range');
      const value = await evaluated(RED, this, isGiven(field.value) ? field : { value: 'payload', type: 'msg' }, msg);
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
      throw new InvalidFlow(`The range takes text such as 192.168.1.0/24, not ${shown(value)}.`);
    };
    const scan = async (msg: Message, send: Send, stop: AbortController): Promise<void> => {
      const range = await rangeOf(msg);
      const plugins = isGiven(config.fleet)
        ? (await fleetNode(RED, config.fleet).seat.open()).fleet.plugins
        : undefined;
      const seconds = secondsOf(msg.timeout, config.timeout, 600);
      const time = AbortSignal.timeout(seconds * 1_000);
      const signal = AbortSignal.any([time, stop.signal, closed.signal]);
      const startedAt = performance.now();
      let count = 0;
      status.show('blue', 'dot', 'scanning');
      try {
        for await (const found of discover(range, { ...optionsOf(config), signal })) {
          plugins?.discovered(found);
          send([messageOf(RED, msg, found, count), null]);
          status.show('blue', 'dot', `${++count} found`);
        }
      } catch (error) {
        if (!stop.signal.aborted || closed.signal.aborted || time.aborted) {
          throw problemOf(error, { machine: range, what: 'the scan', seconds, time, closed: closed.signal });
        }
      }
      const ms = Math.round(performance.now() - startedAt);
      const done = { range, count, ms, cancelled: stop.signal.aborted };
      send([null, { ...msg, topic: range, payload: done }]);
      status.show('green', 'dot', `${count} found`);
    };

    this.on('input', (msg, send, done) => {
      if (isGiven(msg.cancel) && msg.cancel !== false) {
        running?.stop.abort();
        return done();
      }
      if (running !== undefined) {
        const busy = new InvalidFlow('A scan is under way; a message with msg.cancel ends it.');
        status.fail(busy);
        return done(busy);
      }
      const stop = new AbortController();
      const over = scan(msg, send, stop)
        .then(
          () => done(),
          (error: unknown) => {
            const problem = problemOf(error);
            status.fail(problem);
            done(problem);
          },
        )
        .finally(() => {
          running = undefined;
        });
      running = { stop, over };
    });
    this.on('close', (_removed, done) => {
      closed.abort();
      status.end();
      void (running?.over ?? Promise.resolve()).then(done);
    });
  }
  RED.nodes.registerType('amt-scan', AmtScan);
}

/** @throws InvalidFlow */
function optionsOf({ rate, port, tcp = 'auto' }: ScanConfig): DiscoverOptions {
  return {
    tcp: tcp === 'auto' ? 'auto' : tcp === 'yes',
    ...(isGiven(rate) ? { rate: within(rate, 100_000, 'The rate takes packets a second') } : {}),
    ...(isGiven(port) ? { port: within(port, 65_535, 'The port takes a number') } : {}),
  };
}

function within(given: unknown, most: number, takes: string): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new InvalidFlow(`${takes}, 1 to ${most}, not ${shown(given)}.`);
}

/** One machine; `parts` lets a Join node collect them. */
function messageOf(red: Red, msg: Message, found: DiscoveredMachine, index: number): Message {
  return { ...red.util.cloneMessage(msg), topic: found.address, payload: found, index };
}
