/**
 * The node `amt-serial`: the serial port of a machine. As a script it waits for what the machine writes and answers it;
 * as a line it passes on what the machine writes, and types what messages bring.
 */
import type { NodeConfig, Red, RedNode } from '../red.ts';
import { type DuplexConfig, duplex } from './duplex.ts';
import { type ScriptConfig, scripted } from './scripted.ts';

interface SerialConfig extends NodeConfig {
  /** @default 'script' */
  readonly mode?: 'script' | 'line';
}

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtSerial(this: RedNode, config: SerialConfig & ScriptConfig & DuplexConfig): void {
    RED.nodes.createNode(this, config);
    if (config.mode === 'line') duplex(RED, this, config);
    else scripted(RED, this, config);
  }
  RED.nodes.registerType('amt-serial', AmtSerial);
}
