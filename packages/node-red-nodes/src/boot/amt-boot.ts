/** The node `amt-boot`: says what a machine boots once, at its next start or now. */
import { wordOf } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { runOn } from '../run.ts';
import { textOf } from '../typed.ts';
import { type WorkerConfig, workOff } from '../worker.ts';

interface BootConfig extends WorkerConfig {
  /** One of {@link TARGETS}, or `msg`: what `msg.target` says. */
  readonly target?: string;
  /** Start right away. */
  readonly now?: boolean;
  /** Send the message on only when the start has begun. */
  readonly wait?: boolean;
}

/** What can be booted once; `none` takes back what was set. */
const TARGETS = ['pxe', 'disk', 'cd', 'bios', 'ider-cd', 'ider-floppy', 'https', 'winre', 'pba', 'none'] as const;

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtBoot(this: RedNode, config: BootConfig): void {
    RED.nodes.createNode(this, config);
    const targetOf = (msg: Message) =>
      config.target === 'msg'
        ? wordOf(msg.target, TARGETS, 'msg.target')
        : wordOf(config.target ?? 'pxe', TARGETS, 'The target');
    const idOf = (msg: Message): string => {
      const target = targetOf(msg);
      return target === 'none' ? 'boot.clear' : `boot.${target}`;
    };
    workOff(RED, this, config, {
      what: idOf,
      seconds: 120,
      perform: async (task) => {
        const { msg, send } = task;
        const target = targetOf(msg);
        const input = target === 'none' ? {} : { now: config.now === true };
        if (target === 'https') {
          const url = await textOf(RED, this, config, 'url', msg);
          if (url === undefined) throw new InvalidFlow('Booting over HTTPS needs the URL of an image.');
          Object.assign(input, { url });
        }
        msg.amt = await runOn(task, idOf(msg), input, { wait: config.wait === true && config.now === true });
        msg.payload = target;
        send(msg);
        return target === 'none' ? 'cleared' : target;
      },
    });
  }
  RED.nodes.registerType('amt-boot', AmtBoot);
}
