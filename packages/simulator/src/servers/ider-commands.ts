/**
 * Commands that the PC gives its redirected drives, one at a time: sent to the console, answered with data, with a
 * status, or not at all. [IDER §3] [IDER §4]
 */
import { ProtocolError } from '@amtkit/core/wire';
import type { Clock } from '../clock.ts';
import { type DriveUnit, MediumFailed } from '../hardware/hardware.ts';
import type { Recorder } from '../record.ts';
import { Silence } from './silence.ts';

/** Sense key, additional code, qualifier. [SPC-4 §4.5] */
export type Sense = readonly [key: number, asc: number, ascq: number];

/** What drives say when something is wrong with the way to them. */
export const sense = {
  noMedium: [2, 0x3a, 0],
  readError: [3, 0x11, 0],
  /** The unit does not answer in time. */
  timeOut: [4, 0x08, 1],
  invalidCommand: [5, 0x20, 0],
  invalidField: [5, 0x24, 0],
  mediumChanged: [6, 0x28, 0],
  reset: [6, 0x29, 0],
  writeProtected: [7, 0x27, 0],
} as const satisfies Record<string, Sense>;

/** One command. */
export interface Command {
  readonly unit: DriveUnit;
  /** Twelve bytes. */
  readonly cdb: Uint8Array;
  /** Where its data goes; what does not fit is counted and dropped. */
  readonly room?: Uint8Array;
  /** What it writes. */
  readonly data?: Uint8Array;
}

/** How a command ended. */
export interface Outcome {
  /** Bytes of data that the console sent. */
  readonly length: number;
  /** Why it failed; absent when it did not. */
  readonly sense?: Sense;
}

/** What commands travel through. */
export interface ChannelOptions {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Number of the connection, for the record. */
  readonly number: number;
  /** Seconds without any answer after which a command has failed. */
  readonly patienceSeconds: number;
  /** Milliseconds every command is held back: a slow link. */
  readonly delayMs: number;
  /** Sends a command to the console. */
  readonly send: (command: Command) => void;
  /** Sends data that the host writes. */
  readonly sendData: (data: Uint8Array) => void;
  /** The console left a command unanswered. */
  readonly unanswered: () => void;
}

interface Waiting extends Command {
  readonly done: (outcome: Outcome) => void;
  readonly failed: (error: MediumFailed) => void;
}

interface Running extends Waiting {
  readonly silence: Silence;
  /** Bytes that came in, or were written out. */
  moved: number;
}

/** The commands of one session. */
export class CommandChannel {
  readonly #options: ChannelOptions;
  #queue: Waiting[] = [];
  #running: Running | undefined;
  #forgetDelay: (() => void) | undefined;
  #held = false;
  #ended = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** Whether a command is under way or waits. */
  get busy(): boolean {
    return this.#running !== undefined || this.#queue.length > 0 || this.#forgetDelay !== undefined;
  }

  /** Gives a command. @throws MediumFailed when it has no outcome: a reset, no answer, no console */
  run(command: Command): Promise<Outcome> {
    if (this.#ended) return Promise.reject(gone());
    return new Promise((done, failed) => {
      this.#queue.push({ ...command, done, failed });
      this.#next();
    });
  }

  /** Gives up what is under way and sends nothing until {@link resume}. What waits goes on waiting. */
  hold(): void {
    this.#held = true;
    this.#fail(new MediumFailed('The bus was reset while the command was under way.', sense.reset), 'reset');
  }

  resume(): void {
    this.#held = false;
    this.#next();
  }

  /** The console is gone: everything fails. */
  end(): void {
    this.#ended = true;
    this.#forgetDelay?.();
    this.#fail(gone(), 'gone');
    for (const { failed } of this.#queue.splice(0)) failed(gone());
  }

  /** Data for the host; `last` completes the command. */
  take(data: Uint8Array, last: boolean): void {
    const running = this.#running;
    if (running === undefined) return;
    running.silence.heard();
    if (running.room !== undefined && running.moved < running.room.length) {
      running.room.set(data.subarray(0, running.room.length - running.moved), running.moved);
    }
    running.moved += data.length;
    if (last) this.#end({ length: running.moved });
  }

  /** The command is over; whatever came before does not count when it failed. */
  finish(why: Sense | undefined): void {
    const length = this.#running?.data === undefined ? 0 : this.#running.moved;
    this.#end(why === undefined ? { length } : { length, sense: why });
  }

  /** The console wants so many bytes of what is being written. @throws ProtocolError when there are none */
  give(length: number, atOnce: number): void {
    const running = this.#running;
    if (running === undefined) return;
    const { data = NOTHING } = running;
    if (length === 0 || running.moved === data.length) {
      throw new ProtocolError(`A console asked for ${length} bytes where ${data.length - running.moved} are left.`);
    }
    running.silence.heard();
    const end = Math.min(running.moved + length, data.length);
    while (running.moved < end) {
      const portion = data.subarray(running.moved, Math.min(running.moved + atOnce, end));
      running.moved += portion.length;
      this.#options.sendData(portion);
    }
  }

  #next(): void {
    const { clock, delayMs } = this.#options;
    if (this.#ended || this.#held || this.#running !== undefined || this.#forgetDelay !== undefined) return;
    const command = this.#queue.shift();
    if (command === undefined) return;
    if (delayMs === 0) {
      this.#start(command);
      return;
    }
    this.#forgetDelay = clock.after(delayMs, () => {
      this.#forgetDelay = undefined;
      if (this.#held) this.#queue.unshift(command);
      else this.#start(command);
    });
  }

  #start(command: Waiting): void {
    const { clock, patienceSeconds, send, unanswered } = this.#options;
    const silence = new Silence(clock, patienceSeconds * 1000, () => {
      this.#fail(new MediumFailed('The console left a command without an answer.', sense.timeOut), 'no-answer');
      unanswered();
    });
    this.#running = { ...command, silence, moved: 0 };
    send(command);
  }

  #end(outcome: Outcome): void {
    const running = this.#takeRunning();
    if (running === undefined) return;
    const { recorder, number } = this.#options;
    recorder.addCommand({ connection: number, unit: running.unit, cdb: running.cdb, ...outcome });
    running.done(outcome);
    this.#next();
  }

  #fail(error: MediumFailed, failed: 'reset' | 'no-answer' | 'gone'): void {
    const running = this.#takeRunning();
    if (running === undefined) return;
    const { recorder, number } = this.#options;
    recorder.addCommand({ connection: number, unit: running.unit, cdb: running.cdb, length: running.moved, failed });
    running.failed(error);
    this.#next();
  }

  #takeRunning(): Running | undefined {
    const running = this.#running;
    running?.silence.stop();
    this.#running = undefined;
    return running;
  }
}

const NOTHING = new Uint8Array(0);

function gone(): MediumFailed {
  return new MediumFailed('The console that lends the medium is gone.', sense.noMedium);
}
