/** The node `amt-screen`: a picture of a machine's screen as PNG, by itself or compared with another one. */

import { setTimeout as delay } from 'node:timers/promises';
import { pictureDifference } from '@amtkit/core';
import { isGiven, shown } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { type Outcome, runOn } from '../run.ts';
import { evaluated, fieldOf } from '../typed.ts';
import { type Task, type WorkerConfig, workOff } from '../worker.ts';
import { areaOf } from './area.ts';

interface ScreenConfig extends WorkerConfig {
  /** What it is compared with. @default 'none' */
  readonly compare?: 'none' | 'reference' | 'last';
  /** Wait until it is the same, or another one. @default 'no' */
  readonly until?: 'no' | 'same' | 'different';
  /** Pixels that may differ in a picture that is the same, percent. @default 0.5 */
  readonly percent?: number | string;
  /** Seconds between two pictures while it waits. @default 5 */
  readonly every?: number | string;
  /** `x,y,width,height` of the part that is compared. */
  readonly area?: string;
}

/** A picture, and what is said of it. */
interface Shot {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
  readonly outcome: Outcome;
}

/** Registers the node. */
export default function register(RED: Red): void {
  function AmtScreen(this: RedNode, config: ScreenConfig): void {
    RED.nodes.createNode(this, config);
    const { compare = 'none', until = 'no' } = config;
    /** The last picture of each machine. */
    const last = new Map<string, Buffer>();

    const reference = async (msg: Message, machine: string): Promise<Buffer | undefined> => {
      if (compare === 'last') return last.get(machine);
      const field = fieldOf(config, 'reference');
      const value = await evaluated(RED, this, isGiven(field.value) ? field : { value: 'reference', type: 'msg' }, msg);
      if (value instanceof Uint8Array) return Buffer.from(value);
      throw new InvalidFlow(`The reference takes a PNG as a Buffer, not ${shown(value)}.`);
    };

    workOff(RED, this, config, {
      what: () => 'screen.shot',
      seconds: until === 'no' ? 60 : 600,
      perform: async (task) => {
        const { msg, machine, send, signal } = task;
        const compared = compare === 'none' ? undefined : await reference(msg, machine);
        const area = areaOf(config.area);
        for (;;) {
          const shot = await take(task);
          const difference = compared === undefined ? undefined : pictureDifference(shot.png, compared, area);
          const same = difference === undefined ? undefined : difference.share * 100 <= percentOf(config.percent);
          if (until === 'no' || same === undefined || same === (until === 'same')) {
            last.set(machine, shot.png);
            const { width, height } = shot;
            Object.assign(msg, { payload: shot.png, width, height, amt: shot.outcome });
            if (difference !== undefined) Object.assign(msg, { same, difference: difference.share * 100 });
            send(same === false ? [null, msg] : [msg, null]);
            return same === undefined ? `${width} × ${height}` : same ? 'same' : 'different';
          }
          task.doing(`${(100 * (difference?.share ?? 0)).toFixed(1)} % different`);
          await delay(everyMs(config.every), undefined, { signal });
        }
      },
    });
  }
  RED.nodes.registerType('amt-screen', AmtScreen);
}

async function take(task: Task): Promise<Shot> {
  // A picture is never answered from memory, which keeps none.
  const { data, ...outcome } = await runOn({ ...task, msg: {} }, 'screen.shot');
  const { png, width, height } = data as { readonly png: Uint8Array; readonly width: number; readonly height: number };
  return { png: Buffer.from(png), width, height, outcome };
}

/** @throws InvalidFlow */
function percentOf(given: number | string | undefined): number {
  const percent = isGiven(given) ? Number(given) : 0.5;
  if (percent >= 0 && percent <= 100) return percent;
  throw new InvalidFlow(`The pixels that may differ are 0 to 100 percent, not ${shown(given)}.`);
}

function everyMs(given: number | string | undefined): number {
  const seconds = isGiven(given) ? Number(given) : 5;
  if (seconds >= 0.5 && seconds <= 3_600) return seconds * 1_000;
  throw new InvalidFlow(`Pictures are taken every 0.5 to 3600 seconds, not ${shown(given)}.`);
}
