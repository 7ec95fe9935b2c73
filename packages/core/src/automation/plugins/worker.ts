/**
 * A plugin in a thread of its own, for its host: of the same shape as one that runs inline. A thread that ends — it exits,
 * throws outside its hooks, needs too much memory, or does not answer any more — is started again after a while, a few
 * times, and then left stopped.
 */
import type { FleetChange, FleetMachine } from '../changes.ts';
import type { HookName, OptionsSchema, Plugin, PluginContext, PluginHooks } from '../plugin.ts';
import { backInHook, presentHook } from './causes.ts';
import { LOADING_MS } from './import.ts';
import type { Refuse } from './package.ts';
import type { PluginWorker } from './plugins.ts';
import { startThread, type Thread } from './thread.ts';
import { inTime, TIME_LIMIT_MS } from './time-limit.ts';
import {
  type CheckedOptions,
  type Description,
  type FromWorker,
  type MirroredMachine,
  plainError,
  plainEvent,
} from './worker-messages.ts';

/** How patient a host is with threads; milliseconds. */
export interface WorkerPatience {
  /** Between looks whether a thread still answers. */
  readonly pingMs: number;
  /** So many looks without an answer, and it is ended. */
  readonly deafPings: number;
  /** Pauses before it is started again; after as many starts it is left stopped. */
  readonly restartMs: readonly number[];
  /** A thread that ran for so long has not ended too often. */
  readonly steadyMs: number;
}

const defaultPatience: WorkerPatience = {
  pingMs: 2_000,
  deafPings: 5,
  restartMs: [1_000, 5_000, 20_000, 60_000],
  steadyMs: 300_000,
};

/** Hooks that must answer at once, which another thread cannot. */
const AT_ONCE: ReadonlySet<HookName> = new Set(['publishing', 'received']);

/** Loads a plugin in a thread. @throws InvalidBook */
export async function startWorker(
  url: string,
  use: string,
  refuse: Refuse,
  patience: Partial<WorkerPatience> = {},
): Promise<{ readonly plugin: Plugin; readonly worker: PluginWorker }> {
  const worker = new WorkerOf(url, use, { ...defaultPatience, ...patience });
  let about: Description;
  try {
    about = await worker.start();
  } catch (error) {
    await worker.end();
    throw refuse((error as Error).message.replace(/\.$/, ''));
  }
  const sync = about.hooks.find((hook) => AT_ONCE.has(hook));
  if (sync !== undefined) {
    await worker.end();
    throw refuse(
      `${use} has the hook ${sync}, which must answer at once and cannot from a worker`,
      'isolation: inline makes it run in the process itself.',
    );
  }
  return { plugin: worker.plugin(about), worker };
}

class WorkerOf implements PluginWorker {
  readonly #url: string;
  readonly #use: string;
  readonly #patience: WorkerPatience;
  #thread: Thread | undefined;
  #given: unknown;
  #context: PluginContext | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #restarts = 0;
  #isUp = false;
  #isEnding = false;
  isGivenUp = false;
  /** Actions of the thread that run. */
  readonly #actions = new Map<number, AbortController>();
  /** What it printed before there was a log. */
  readonly #early: string[] = [];

  constructor(url: string, use: string, patience: WorkerPatience) {
    this.#url = url;
    this.#use = use;
    this.#patience = patience;
  }

  /** Starts the thread; what the plugin says of itself. @throws Error */
  async start(): Promise<Description> {
    this.#startedAt = performance.now();
    const { pingMs, deafPings } = this.#patience;
    const thread = startThread({
      data: { url: this.#url, use: this.#use },
      pingMs,
      deafPings,
      hear: (message) => this.#hear(thread, message),
      printed: (line) => this.#say(line),
      ended: (why) => this.#ended(thread, why),
    });
    this.#thread = thread;
    return await inTime(thread.described, LOADING_MS);
  }

  /** The plugin as its host sees it. */
  plugin({ name, hooks, timeLimits }: Description): Plugin {
    const schema: OptionsSchema<unknown> = {
      '~standard': {
        version: 1,
        vendor: 'amtkit-worker',
        validate: async (given) => {
          const { issues } = await this.#check(given);
          if (issues !== undefined) return { issues };
          this.#given = given;
          return { value: given };
        },
      },
    };
    const called = Object.fromEntries(hooks.map((hook) => [hook, (event: unknown) => this.#call(hook, event)]));
    return {
      name,
      options: schema,
      ...(timeLimits === undefined ? {} : { timeLimits }),
      ...(called as PluginHooks),
      setup: async (context) => {
        this.#context = context;
        context.signal.addEventListener('abort', () => this.#abort(), { once: true });
        for (const line of this.#early.splice(0)) context.log(line);
        await this.#setUp();
        return () => this.#dispose();
      },
    };
  }

  follow(change: FleetChange, machine: FleetMachine | undefined): void {
    const thread = this.#thread;
    if (thread === undefined || !this.#isUp) return;
    const { machine: name } = change;
    if (change.type === 'value') thread.post({ type: 'value', name, id: change.id, value: change.value });
    else if (change.type === 'removed') thread.post({ type: 'machine', name, machine: undefined });
    else if (FACTS.has(change.type) && machine !== undefined) {
      thread.post({ type: 'machine', name, machine: mirrored(machine) });
    }
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end();
  }

  async #check(given: unknown): Promise<CheckedOptions> {
    return (await inTime(this.#there().ask({ type: 'check', given }), TIME_LIMIT_MS)) as CheckedOptions;
  }

  async #setUp(): Promise<void> {
    const thread = this.#there();
    const { surface, mqtt, machines } = this.#context as PluginContext;
    for (const machine of machines.values()) {
      thread.post({ type: 'machine', name: machine.name, machine: mirrored(machine) });
    }
    const now = mqtt && { base: mqtt.base, connected: mqtt.connected };
    // From now on every change is passed on, also while the plugin sets itself up.
    this.#isUp = true;
    await thread.ask({ type: 'setup', surface, mqtt: now });
  }

  async #call(hook: HookName, event: unknown): Promise<unknown> {
    const thread = this.#there();
    const connected = this.#context?.mqtt?.connected;
    if (connected !== undefined) thread.post({ type: 'connected', connected });
    return await thread.ask({ type: 'call', hook, event: plainEvent(event), present: presentHook() });
  }

  /** @throws Error while there is no thread */
  #there(): Thread {
    if (this.#thread !== undefined) return this.#thread;
    throw new Error(this.isGivenUp ? 'its worker is left stopped' : 'its worker has ended and is not there yet');
  }

  #abort(): void {
    this.#thread?.post({ type: 'abort' });
    // Nobody undoes a setup that failed.
    queueMicrotask(() => {
      if (!this.#isEnding) void this.end();
    });
  }

  async #dispose(): Promise<void> {
    this.#isEnding = true;
    try {
      await this.#thread?.ask({ type: 'stop' });
    } finally {
      await this.end();
    }
  }

  #hear(thread: Thread, message: FromWorker): void {
    switch (message.type) {
      case 'log':
        this.#say(message.line);
        return;
      case 'publish':
        try {
          this.#context?.mqtt?.publish(message.message);
        } catch (error) {
          this.#say((error as Error).message);
        }
        return;
      case 'run':
        return void this.#run(thread, message);
      case 'cancel':
        this.#actions.get(message.id)?.abort();
        return;
      default:
    }
  }

  async #run(thread: Thread, message: Extract<FromWorker, { type: 'run' }>): Promise<void> {
    const { id, machine, capability, input, options, present } = message;
    const cancelled = new AbortController();
    this.#actions.set(id, cancelled);
    try {
      const context = this.#context;
      if (context === undefined)
        throw new TypeError(`${machine}: ${capability} was not begun: nothing can be run yet.`);
      const given = { ...options, signal: cancelled.signal };
      const value = await backInHook(present, () => context.run(machine, capability, input, given));
      thread.post({ type: 'answer', id, value });
    } catch (error) {
      thread.post({ type: 'answer', id, error: plainError(error) });
    } finally {
      this.#actions.delete(id);
    }
  }

  #ended(thread: Thread, why: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#isUp = false;
    for (const cancelled of this.#actions.values()) cancelled.abort();
    if (this.#isEnding || this.#context === undefined || this.#context.signal.aborted) return;
    if (performance.now() - this.#startedAt > this.#patience.steadyMs) this.#restarts = 0;
    const delayMs = this.#patience.restartMs[this.#restarts++];
    if (delayMs === undefined) {
      this.isGivenUp = true;
      this.#say(`its worker ended: ${why}; it is left stopped, since it ended too often.`);
      return;
    }
    this.#say(`its worker ended: ${why}; it is started again in ${delayMs / 1000} s.`);
    this.#timer = setTimeout(() => void this.#restart(), delayMs);
    this.#timer.unref();
  }

  async #restart(): Promise<void> {
    try {
      await this.start();
      await this.#check(this.#given);
      await inTime(this.#setUp(), TIME_LIMIT_MS);
    } catch (error) {
      const thread = this.#thread;
      if (thread === undefined) return;
      this.#ended(thread, (error as Error).message);
      await thread.end();
    }
  }

  #say(line: string): void {
    if (this.#context !== undefined) this.#context.log(line);
    else if (this.#early.length < 100) this.#early.push(line);
  }
}

/** Changes after which more is known of a machine than a value. */
const FACTS: ReadonlySet<FleetChange['type']> = new Set(['added', 'identified', 'reachability']);

function mirrored({
  name,
  host,
  tags,
  reachability,
  error,
  firmware,
  values,
  roundTripMs,
}: FleetMachine): MirroredMachine {
  return {
    ...{ name, host, tags: [...tags], reachability, firmware, values: new Map(values), roundTripMs },
    error: error && plainError(error),
  };
}
