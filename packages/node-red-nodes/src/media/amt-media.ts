/** The node `amt-media`: lends a machine a CD or a floppy of the book over the network, and tells what becomes of it. */
import type { FleetChange } from '@amtkit/core/automation';
import { follow } from '../follow.ts';
import { wordOf } from '../message.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { runOn } from '../run.ts';
import { textOf } from '../typed.ts';
import { type WorkerConfig, workOff } from '../worker.ts';

interface MediaConfig extends WorkerConfig {
  /** One of {@link ACTIONS}, or `msg`: what `msg.action` says. */
  readonly action?: string;
  readonly start?: 'onreboot' | 'graceful' | 'now';
}

/** `status` only tells what is attached. */
const ACTIONS = ['attach', 'eject', 'status'] as const;

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtMedia(this: RedNode, config: MediaConfig): void {
    RED.nodes.createNode(this, config);
    const actionOf = (msg: Message) =>
      config.action === 'msg'
        ? wordOf(msg.action, ACTIONS, 'msg.action')
        : wordOf(config.action ?? 'attach', ACTIONS, 'The action');
    workOff(RED, this, config, {
      what: (msg) => `media.${actionOf(msg)}`,
      seconds: 120,
      perform: async (task) => {
        const { msg, machine, fleet, signal, send } = task;
        const action = actionOf(msg);
        if (action === 'attach') {
          const [media, floppy] = await Promise.all(
            ['media', 'floppy'].map((name) => textOf(RED, this, config, name, msg)),
          );
          msg.amt = await runOn(task, 'media.attach', {
            ...(media === undefined ? {} : { media }),
            ...(floppy === undefined ? {} : { floppy }),
            start: config.start ?? 'onreboot',
          });
        } else if (action === 'eject') {
          msg.amt = await runOn(task, 'media.eject');
        } else {
          msg.amt = { machine, id: 'media.attached' };
        }
        msg.payload = await fleet.read(machine, 'media.attached', { signal });
        send([msg, null]);
        return msg.payload === 'none' ? 'nothing attached' : String(msg.payload);
      },
    });
    follow(RED, this, { machine: config.machine }, (change) => {
      const told = eventOf(change);
      if (told !== undefined) this.send([null, told]);
    });
  }
  RED.nodes.registerType('amt-media', AmtMedia);
}

function eventOf(change: FleetChange): Message | undefined {
  if (change.type !== 'media') return undefined;
  const { machine, event, media, message } = change;
  return { topic: `${machine}/media`, payload: event, machine, media, message };
}
