/** The node `amt-fleet`: a machine book and what watches over its machines, shared by all nodes that name it. */
import type { NodeConfig, Red, RedNode } from '../red.ts';
import { followEndings } from './endings.ts';
import { FLEET, type FleetNode } from './fleet-node.ts';
import { answerLooks } from './look.ts';
import { createPool } from './pool.ts';

interface FleetConfig extends NodeConfig {
  /** Path of the book; empty: where the command line finds it. */
  readonly book?: string;
  readonly poll?: number | string;
  /** Where machines post alerts to: `host:port`. */
  readonly listen?: string;
  readonly strictTls?: boolean;
}

/** Registers the node. */
export default function register(RED: Red): void {
  const pool = createPool();
  const endingOf = followEndings(RED.events);
  answerLooks(RED);

  function AmtFleet(this: RedNode, config: FleetConfig): void {
    RED.nodes.createNode(this, config);
    const settings = {
      book: (config.book ?? '').trim(),
      pollSeconds: pollSeconds(config.poll),
      listen: (config.listen ?? '').trim(),
      strictTls: config.strictTls === true,
    };
    const seat = pool.take(this.id, settings, { info: (line) => this.log(line), warn: (line) => this.warn(line) });
    Object.assign(this, { seat, endingOf } satisfies Omit<FleetNode, keyof RedNode>);
    seat.open().catch((error: Error) => this.error(error));
    this.on('close', (removed, done) => void seat.leave(endingOf(removed)).finally(done));
  }
  RED.nodes.registerType(FLEET, AmtFleet);
}

/** @default 30 */
function pollSeconds(given: number | string | undefined): number {
  const seconds = given === undefined || given === '' ? 30 : Number(given);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : 30;
}
