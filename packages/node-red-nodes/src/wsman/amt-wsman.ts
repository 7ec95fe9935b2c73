/**
 * The node `amt-wsman`: a WS-Management request as it is, for what no other node does. No plugin looks at it, no permit
 * guards it.
 */
import { enumerateRaw, getRaw, invokeRaw, plainElement, putRaw, type RawCall, type RawElement } from '@amtkit/core';
import { shown, wordOf } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { evaluated, fieldOf, nameOf, textOf } from '../typed.ts';
import { type WorkerConfig, workOff } from '../worker.ts';

interface WsmanConfig extends WorkerConfig {
  /** One of {@link VERBS}, or `msg`: what `msg.action` says. */
  readonly verb?: string;
}

const VERBS = ['get', 'enumerate', 'put', 'invoke'] as const;

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtWsman(this: RedNode, config: WsmanConfig): void {
    RED.nodes.createNode(this, config);
    const verbOf = ({ action }: Message) =>
      config.verb === 'msg' ? wordOf(action, VERBS, 'msg.action') : wordOf(config.verb ?? 'get', VERBS, 'The request');

    const objectOf = async (name: string, msg: Message): Promise<Readonly<Record<string, unknown>> | undefined> => {
      const field = fieldOf(config, name);
      const value = await evaluated(RED, this, field.type === 'str' ? { ...field, type: 'json' } : field, msg);
      if (value === undefined || value === null || value === '') return undefined;
      if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
      throw new InvalidFlow(`${nameOf(name, field)} takes an object of names and values, not ${shown(value)}.`);
    };

    workOff(RED, this, config, {
      what: (msg) => `wsman ${verbOf(msg)}`,
      seconds: 60,
      perform: async ({ msg, fleet, machine, signal, send }) => {
        const verb = verbOf(msg);
        const className = classOf(await textOf(RED, this, config, 'class', msg));
        const selectors = selectorsOf(await objectOf('selectors', msg));
        const call: RawCall = { className, signal, ...(selectors === undefined ? {} : { selectors }) };
        const fields = (await objectOf('fields', msg)) ?? {};
        const method = verb === 'invoke' ? methodOf(await textOf(RED, this, config, 'method', msg)) : '';
        const { wsman } = await fleet.machine(machine, { signal });
        const elements =
          verb === 'get'
            ? await getRaw(wsman, call)
            : verb === 'enumerate'
              ? await enumerateRaw(wsman, call)
              : verb === 'put'
                ? await putRaw(wsman, call, fields)
                : await invokeRaw(wsman, { ...call, method }, fields);
        msg.payload = verb === 'enumerate' ? elements.map(plain) : plain(elements[0]);
        msg.amt = { machine, verb, className, ...(method === '' ? {} : { method }) };
        send(msg);
        return verb === 'enumerate' ? `${elements.length} found` : 'done';
      },
    });
  }
  RED.nodes.registerType('amt-wsman', AmtWsman);
}

function plain(found: RawElement | undefined): unknown {
  return found === undefined ? undefined : plainElement(found.element);
}

/** @throws InvalidFlow */
function classOf(name: string | undefined): string {
  if (name !== undefined && /^(CIM|AMT|IPS)_\w+$/.test(name)) return name;
  throw new InvalidFlow(`The class is a name that begins with CIM_, AMT_ or IPS_, not ${shown(name)}.`);
}

/** @throws InvalidFlow */
function methodOf(name: string | undefined): string {
  if (name !== undefined && /^\w+$/.test(name)) return name;
  throw new InvalidFlow(`The method is a name such as RequestPowerStateChange, not ${shown(name)}.`);
}

function selectorsOf(
  given: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
}
