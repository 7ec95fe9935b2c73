/** The node `amt-action`: any entry of the capability table — reads a value, changes a setting, does an action. */
import { nearest } from '@amtkit/core/automation';
import { inputFor } from '../derive.ts';
import { isGiven, shown } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { runOn } from '../run.ts';
import { evaluated, type TypedField } from '../typed.ts';
import { type Task, type WorkerConfig, workOff } from '../worker.ts';

interface ActionConfig extends WorkerConfig {
  /** Id of the capability; empty: what `msg.action` says. */
  readonly capability?: string;
  /** Where its input comes from. @default 'fields' */
  readonly inputFrom?: 'fields' | 'payload';
  /** What was entered, by name of the input; `value` for a setting. */
  readonly input?: Readonly<Record<string, TypedField>>;
  readonly wait?: boolean;
}

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtAction(this: RedNode, config: ActionConfig): void {
    RED.nodes.createNode(this, config);
    const idOf = ({ action }: Message): string => {
      const id = isGiven(config.capability) ? config.capability : action;
      if (typeof id === 'string' && id !== '') return id;
      throw new InvalidFlow(`msg.action takes the id of a capability such as power.on, not ${shown(action)}.`);
    };
    workOff(RED, this, config, {
      what: idOf,
      seconds: 240,
      perform: async (task) => {
        const id = idOf(task.msg);
        const capability = task.fleet.capabilities.find((each) => each.id === id);
        if (capability === undefined) throw unknown(id, task);
        const { msg, fleet, machine, signal, send } = task;
        const fromFields = (config.inputFrom ?? 'fields') === 'fields' && isGiven(config.capability);
        const entered = fromFields ? await enteredFor(RED, this, config, msg) : undefined;
        const given = entered === undefined ? msg.payload : capability.kind === 'setting' ? entered.value : entered;
        // A setting that is given no value is read.
        if (capability.kind === 'reading' || (capability.kind === 'setting' && !isGiven(given))) {
          msg.payload = await fleet.read(machine, id, { signal });
          msg.amt = { machine, id };
          send(msg);
          return isShort(msg.payload) ? String(msg.payload) : 'read';
        }
        const input = inputFor(capability, given);
        const outcome = await runOn(task, id, input, { wait: config.wait === true });
        msg.payload = capability.kind === 'setting' ? input : payloadOf(outcome.data);
        msg.amt = outcome;
        send(msg);
        return id;
      },
    });
  }
  RED.nodes.registerType('amt-action', AmtAction);
}

/** What was entered in the dialog, evaluated for this message; empty fields are left out. */
async function enteredFor(red: Red, node: RedNode, { input = {} }: ActionConfig, msg: Message) {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(input)) {
    const value = await evaluated(red, node, field, msg);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** What an action returned: bytes of a picture as a Buffer, as Node-RED's own nodes take them. */
function payloadOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value) : value]),
  );
}

function isShort(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function unknown(id: string, { fleet }: Task): InvalidFlow {
  const near = nearest(
    id,
    fleet.capabilities.map((each) => each.id),
  );
  return new InvalidFlow(
    `There is no capability ${JSON.stringify(id)}.`,
    near === undefined ? {} : { hint: `Did you mean ${near}?` },
  );
}
