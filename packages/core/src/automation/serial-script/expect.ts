/** Runs a script against the serial port of one machine. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SerialLine } from '../serial-line.ts';
import { decoderOf, type Encoding, encodeText } from './encoding.ts';
import { type KeyStyle, keyText } from './keys.ts';
import { plainText } from './plain-text.ts';
import type { Script, Step } from './script.ts';
import type { Pattern, Text } from './script-words.ts';
import { createWatcher, Unwanted, type Watcher } from './watcher.ts';

/** A step of a script failed: the job ended without success. */
export class StepFailed extends Error {
  readonly code = 'STEP_FAILED';
  /** Of the script, 1-based. */
  readonly line: number;
  /** The last lines the host wrote. */
  readonly seen: readonly string[];

  constructor(message: string, line: number, seen: readonly string[]) {
    super(message);
    this.name = 'StepFailed';
    this.line = line;
    this.seen = seen;
  }
}

/** How a script is run. */
export interface ExpectOptions {
  readonly script: Script;
  /** What `${machine}` is. */
  readonly machine: string;
  readonly line: SerialLine;
  /** How characters and keys are told to the host. */
  readonly style: { readonly encoding: Encoding; readonly keys: KeyStyle };
  /** Carries out a power action. */
  readonly power: (action: string) => Promise<void>;
  /** Called before each step, the first one 1. */
  readonly onStep?: (step: Step, number: number) => void;
  readonly onLog?: (text: string, step: Step) => void;
  /** Called with what the host writes. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** Called with whole lines of it, without secrets. */
  readonly onLine?: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How it ended. */
export interface ExpectResult {
  /** The status behind `exit`; 0 at the end of the file. */
  readonly status: number;
  /** Steps that were done. */
  readonly steps: number;
}

/** What an `expect` waits where the script does not say. */
const USUAL_TIMEOUT_MS = 30_000;
/** Lines told after a failure. */
const LINES_TOLD = 8;

/** Runs it to its end. @throws StepFailed; what the line fails with */
export async function runScript(options: ExpectOptions): Promise<ExpectResult> {
  const { script, line, signal } = options;
  const watcher = createWatcher();
  const reading = read(options, watcher);
  const close = (): void => void line.close();
  signal.addEventListener('abort', close);
  try {
    return await new Run(options, watcher).all(script.steps);
  } finally {
    signal.removeEventListener('abort', close);
    await line.close();
    await reading;
  }
}

/** Text without the values of secrets. */
function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '********'), text);
}

/** Feeds the watcher until the line ends. */
async function read({ line, style, onBytes, onLine, script, signal }: ExpectOptions, watcher: Watcher): Promise<void> {
  const decode = decoderOf(style.encoding);
  const plain = plainText();
  let begun = '';
  try {
    for await (const bytes of line) {
      onBytes?.(bytes);
      const text = plain(decode(bytes));
      watcher.feed(text);
      if (onLine === undefined) continue;
      const lines = (begun + text).split('\n');
      begun = (lines.pop() ?? '').slice(-4096);
      for (const whole of lines) onLine(masked(whole, script.secrets));
    }
    signal.throwIfAborted();
    watcher.fail(new Error('The serial line was closed.'));
  } catch (error) {
    watcher.fail(error as Error);
  }
}

class Run {
  readonly #options: ExpectOptions;
  readonly #watcher: Watcher;
  #timeoutMs = USUAL_TIMEOUT_MS;

  constructor(options: ExpectOptions, watcher: Watcher) {
    this.#options = options;
    this.#watcher = watcher;
  }

  async all(steps: readonly Step[]): Promise<ExpectResult> {
    for (const [index, step] of steps.entries()) {
      this.#options.signal.throwIfAborted();
      this.#options.onStep?.(step, index + 1);
      if (step.does === 'exit') return { status: step.status, steps: index + 1 };
      await this.#one(step);
    }
    return { status: 0, steps: steps.length };
  }

  async #one(step: Exclude<Step, { does: 'exit' }>): Promise<void> {
    const { signal, onLog, power, style } = this.#options;
    switch (step.does) {
      case 'timeout':
        this.#timeoutMs = step.ms;
        return;
      case 'pause':
        return await delay(step.ms, undefined, { signal });
      case 'send':
        return await this.#type(this.#filled(step.text), step);
      case 'log':
        return onLog?.(masked(this.#filled(step.text), this.#options.script.secrets), step);
      case 'expect':
        return await this.#expect(step, step.pattern, step.ms ?? this.#timeoutMs);
      case 'never':
        return this.#watcher.never(this.#matcher(step.pattern), `line ${step.line}, ${step.source}`);
      case 'press':
        return await this.#press(step, keyText(step.key, style.keys) ?? '');
      case 'power':
        return await power(step.action);
    }
  }

  async #press(step: Extract<Step, { does: 'press' }>, key: string): Promise<void> {
    if (step.until === undefined) return await this.#type(key, step);
    const { pattern, everyMs, ms = this.#timeoutMs } = step.until;
    const matcher = this.#matcher(pattern);
    const until = performance.now() + ms;
    for (;;) {
      await this.#type(key, step);
      const left = until - performance.now();
      if (await this.#wait(step, matcher, Math.max(0, Math.min(everyMs, left)))) return;
      if (left <= everyMs) throw this.#missed(step, pattern, ms);
    }
  }

  async #expect(step: Step, pattern: Pattern, ms: number): Promise<void> {
    if (!(await this.#wait(step, this.#matcher(pattern), ms))) throw this.#missed(step, pattern, ms);
  }

  async #wait(step: Step, matcher: string | RegExp, ms: number): Promise<boolean> {
    try {
      return await this.#watcher.wait(matcher, ms);
    } catch (error) {
      if (!(error instanceof Unwanted)) throw error;
      throw this.#failed(step, `came what must not come (${error.message})`);
    }
  }

  /** A session that is being brought back gets a moment. */
  async #type(text: string, step: Step): Promise<void> {
    const { line, style, signal } = this.#options;
    const until = performance.now() + this.#timeoutMs;
    while (!line.open && performance.now() < until) await delay(100, undefined, { signal });
    if (!line.open) throw this.#failed(step, 'nothing could be typed: the serial session was lost and is not back');
    await line.write(encodeText(text, style.encoding));
  }

  #missed(step: Step, pattern: Pattern, ms: number): StepFailed {
    const open = this.#options.line.open ? '' : '; the serial session is lost at this moment';
    return this.#failed(step, `waited ${ms / 1000} s for ${this.#shown(pattern)}, and it did not come${open}`);
  }

  #failed(step: Step, what: string): StepFailed {
    const { machine, script } = this.#options;
    const seen = this.#watcher.lastLines(LINES_TOLD).map((line) => masked(line, script.secrets));
    return new StepFailed(masked(`${machine}: line ${step.line}: ${what}.`, script.secrets), step.line, seen);
  }

  #matcher(pattern: Pattern): string | RegExp {
    return 'text' in pattern ? lineEnds(this.#filled(pattern.text)) : pattern.expression;
  }

  #shown(pattern: Pattern): string {
    return 'text' in pattern ? JSON.stringify(this.#filled(pattern.text)) : String(pattern.expression);
  }

  #filled(text: Text): string {
    const { machine, script } = this.#options;
    return text
      .map((part) => {
        if (typeof part === 'string') return part;
        return part.variable === 'machine' ? machine : (script.variables.get(part.variable) ?? '');
      })
      .join('');
  }
}

/** Lines of what the host writes end in LF when they are looked at. */
function lineEnds(text: string): string {
  return text.replace(/\r+\n|\r/g, '\n');
}
