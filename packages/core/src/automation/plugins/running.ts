/** One plugin that was set up: its hooks are called here, with time limit and without harm for others. */
import type { HookName, Plugin, PluginContext, PluginDispose } from '../plugin.ts';
import { type Behind, inHook } from './causes.ts';
import { inTime, isPromise, TIME_LIMIT_MS } from './time-limit.ts';

/** How many events may wait for a plugin that is slow. */
const MOST_WAITING = 10_000;

/** Complaints about one hook come once in so long; what came meanwhile is counted. */
const COMPLAINT_MS = 60_000;

/** A plugin with its context. */
export class RunningPlugin {
  readonly plugin: Plugin;
  readonly context: PluginContext;
  readonly #stop: AbortController;
  readonly #log: (line: string) => void;
  readonly #waiting: { readonly hook: HookName; readonly behind: Behind | undefined; readonly event: unknown }[] = [];
  readonly #complaints = new Map<string, { at: number; more: number }>();
  #busy: Promise<void> | undefined;
  #dispose: PluginDispose | undefined;
  failed = false;
  failures = 0;
  lastError: string | undefined;

  constructor(plugin: Plugin, context: PluginContext, stop: AbortController, log: (line: string) => void) {
    this.plugin = plugin;
    this.context = context;
    this.#stop = stop;
    this.#log = log;
  }

  get name(): string {
    return this.plugin.name;
  }

  async setUp(): Promise<void> {
    if (this.plugin.setup === undefined) return;
    try {
      const undo = await this.#limited('setup', this.plugin.setup(this.context, this.context.options));
      if (typeof undo === 'function') this.#dispose = undo;
    } catch (error) {
      this.failed = true;
      this.complain('setup', error, 'none of its hooks will be called');
      this.#stop.abort(error);
    }
  }

  /** Tells an event. Events come one after another: the next waits until the hook is done with this one. */
  tell(hook: HookName, event: unknown, behind?: Behind): void {
    if (this.#busy !== undefined) {
      if (this.#waiting.length >= MOST_WAITING) {
        this.#waiting.shift();
        this.complain('queue', new Error(`${MOST_WAITING} events wait for it`), 'the oldest are left out');
      }
      this.#waiting.push({ hook, behind, event });
      return;
    }
    const work = this.#call(hook, event, behind);
    if (work !== undefined) this.#busy = work.then(() => this.#catchUp());
  }

  /** Asks, and waits for the answer. A failure is named and counts as none. */
  async ask<T>(hook: HookName, event: unknown, behind?: Behind): Promise<T | undefined> {
    try {
      const answer = inHook(this.name, behind, () => this.#enter(hook, event));
      return (isPromise(answer) ? await this.#limited(hook, answer) : answer) as T | undefined;
    } catch (error) {
      this.complain(hook, error);
      return undefined;
    }
  }

  /** Asks a hook that answers at once. */
  askNow<T>(hook: HookName, event: unknown): T | undefined {
    try {
      const answer = inHook(this.name, undefined, () => this.#enter(hook, event));
      if (!isPromise(answer)) return answer as T | undefined;
      answer.catch(() => {});
      throw new TypeError('it must answer at once, not with a promise');
    } catch (error) {
      this.complain(hook, error);
      return undefined;
    }
  }

  /** Lets what waits be told, as far as that takes no longer than a hook may, then undoes the setup. */
  async stop(): Promise<void> {
    try {
      if (this.#busy !== undefined) await inTime(this.#busy, TIME_LIMIT_MS);
    } catch (error) {
      const { length } = this.#waiting.splice(0);
      this.complain('stop', error, length === 0 ? 'nothing waits' : `${length} events are left out`);
    }
    this.#stop.abort(new Error(`The plugin ${this.name} is stopped.`));
    try {
      if (this.#dispose !== undefined) await this.#limited('setup', this.#dispose());
    } catch (error) {
      this.complain('dispose', error);
    }
  }

  async #catchUp(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#call(next.hook, next.event, next.behind);
    }
    this.#busy = undefined;
  }

  /** Nothing to wait for where the hook has ended already. */
  #call(hook: HookName, event: unknown, behind: Behind | undefined): Promise<void> | undefined {
    try {
      const answer = inHook(this.name, behind, () => this.#enter(hook, event));
      if (!isPromise(answer)) return undefined;
      return this.#limited(hook, answer).then(
        () => {},
        (error: unknown) => this.complain(hook, error),
      );
    } catch (error) {
      this.complain(hook, error);
      return undefined;
    }
  }

  #enter(hook: HookName, event: unknown): unknown {
    const { plugin } = this;
    const found = plugin[hook] as ((event: unknown, context: PluginContext) => unknown) | undefined;
    if (found === undefined) throw new TypeError(`it has no hook ${hook}`);
    return found.call(plugin, event, this.context);
  }

  #limited<T>(hook: HookName | 'setup', work: T | Promise<T>): Promise<T> {
    return inTime(work, this.plugin.timeLimits?.[hook] ?? TIME_LIMIT_MS);
  }

  /** Names a failure. What comes again and again is not said again and again. */
  complain(what: string, error: unknown, consequence = 'it is skipped this time'): void {
    this.failures++;
    const told = error instanceof Error ? error.message : String(error);
    this.lastError = `${what}: ${told}`;
    const now = performance.now();
    const before = this.#complaints.get(what);
    if (before !== undefined && now - before.at < COMPLAINT_MS) {
      before.more++;
      return;
    }
    const more =
      before === undefined || before.more === 0 ? '' : ` (and ${before.more} times more since the last time)`;
    this.#complaints.set(what, { at: now, more: 0 });
    this.#log(`plugin ${this.name}: ${what}: ${told.replace(/\.$/, '')}; ${consequence}${more}.`);
  }
}
