/** The node `amt-type`: types text, or presses keys, at a machine's screen. */
import { type KeyboardLayoutName, keyboardLayouts, pressKeys, typeText } from '@amtkit/core';
import { switchingOn } from '@amtkit/core/automation';
import { isGiven, shown } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { BY } from '../run.ts';
import { evaluated, fieldOf } from '../typed.ts';
import { type WorkerConfig, workOff } from '../worker.ts';

interface TypeConfig extends WorkerConfig {
  readonly mode?: 'text' | 'keys';
  /** Press Enter behind the text. */
  readonly enter?: boolean;
  /** Keyboard that the machine is set to. @default 'us' */
  readonly layout?: string;
  /** Switch on KVM and its listener where they are off. */
  readonly enable?: boolean;
}

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtType(this: RedNode, config: TypeConfig): void {
    RED.nodes.createNode(this, config);
    const mode = config.mode ?? 'text';
    workOff(RED, this, config, {
      what: () => (mode === 'keys' ? 'pressing keys' : 'typing'),
      seconds: 60,
      perform: async ({ msg, fleet, machine, signal, send }) => {
        const layout = layoutOf(config.layout);
        const field = fieldOf(config, 'text');
        const value = await evaluated(RED, this, isGiven(field.value) ? field : { value: 'payload', type: 'msg' }, msg);
        const text = textOf(value, mode, config.enter === true);
        const open = async () => (await fleet.machine(machine, { signal })).screen({ signal });
        const enabling = { service: 'kvm', by: BY, signal, enable: config.enable === true } as const;
        const screen = await switchingOn(fleet, machine, enabling, open);
        try {
          if (mode === 'text') await typeText(screen, text, layout, { signal });
          else for (const keys of text.split(/\s+/)) await pressKeys(screen, keys, { signal });
        } finally {
          await screen.close();
        }
        send(Object.assign(msg, { amt: { machine, characters: [...text].length } } satisfies Message));
        return 'typed';
      },
    });
  }
  RED.nodes.registerType('amt-type', AmtType);
}

/** @throws InvalidFlow */
function textOf(value: unknown, mode: 'text' | 'keys', enter: boolean): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') throw new InvalidFlow(`What is typed is text, not ${shown(value)}.`);
  const typed = mode === 'text' && enter ? `${text}\n` : mode === 'keys' ? text.trim() : text;
  if (typed === '') throw new InvalidFlow('There is nothing to type.');
  return typed;
}

/** @throws InvalidFlow */
function layoutOf(given: string | undefined): KeyboardLayoutName {
  const layout = given || 'us';
  if (Object.hasOwn(keyboardLayouts, layout)) return layout as KeyboardLayoutName;
  throw new InvalidFlow(`The keyboard is one of ${Object.keys(keyboardLayouts).join(', ')}, not ${shown(given)}.`);
}
