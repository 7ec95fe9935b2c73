/** The node `amt-power`: switches a machine on and off, resets it, or tells its state. */
import { isGiven, shown, wordOf } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { runOn } from '../run.ts';
import { type WorkerConfig, workOff } from '../worker.ts';

interface PowerConfig extends WorkerConfig {
  /** One of {@link ACTIONS}, or `msg`: what `msg.action` says. */
  readonly action?: string;
  /** Send the message on only when the state is really reached. */
  readonly wait?: boolean;
}

/** What can be asked of the power; `switch` is on or off as the payload says, `state` only looks. */
const ACTIONS = [
  'state',
  'switch',
  'on',
  'off',
  'cycle',
  'reset',
  'soft-off',
  'soft-reset',
  'sleep',
  'hibernate',
  'nmi',
] as const;

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtPower(this: RedNode, config: PowerConfig): void {
    RED.nodes.createNode(this, config);
    const actionOf = (msg: Message) =>
      config.action === 'msg'
        ? wordOf(msg.action, ACTIONS, 'msg.action')
        : wordOf(config.action ?? 'switch', ACTIONS, 'The action');
    workOff(RED, this, config, {
      what: (msg) => `power.${actionOf(msg)}`,
      // A soft action may take three minutes.
      seconds: 240,
      perform: async (task) => {
        const action = actionOf(task.msg);
        const { fleet, machine, msg, signal, send } = task;
        if (action === 'state') {
          msg.payload = await fleet.read(machine, 'power.state', { signal });
          msg.amt = { machine, id: 'power.state' };
        } else {
          const input = action === 'switch' ? onOrOff(msg.payload) : undefined;
          const result = await runOn(task, `power.${action}`, input, { wait: config.wait === true });
          msg.payload = fleet.machines.get(machine)?.values.get('power.state');
          msg.amt = result;
        }
        send(msg);
        return isGiven(msg.payload) ? String(msg.payload) : action;
      },
    });
  }
  RED.nodes.registerType('amt-power', AmtPower);
}

/** @throws InvalidFlow */
function onOrOff(payload: unknown): boolean {
  if (typeof payload === 'boolean') return payload;
  const word = String(payload).toLowerCase();
  if (['on', 'true', '1'].includes(word)) return true;
  if (['off', 'false', '0'].includes(word)) return false;
  throw new InvalidFlow(`msg.payload takes true or false, on or off, not ${shown(payload)}.`);
}
