/**
 * Keeps one machine: its connection, its queue, its last known values, its power transitions and its polling.
 *
 * A machine that does not answer is asked less and less often. One that refuses the login is not asked again until the
 * book changes or somebody asks: ten refusals in a row lock the account.
 */
import type { Action, CapabilityContext, Setting, Source, Value } from '../capabilities/capability.ts';
import { bySource, isLocal } from '../capabilities/sources.ts';
import { AmtError, AuthenticationFailed } from '../errors.ts';
import type { Machine, PowerAction, PowerState } from '../machine/machine.ts';
import { pause, until } from '../machine/waiting.ts';
import { type Agenda, createAgenda } from './agenda.ts';
import { HARD_OFF } from './capabilities.ts';
import { type Contact, createContact, lost } from './contact.ts';
import { patiently } from './contention.ts';
import { createDesk, type KeptDesk } from './desk/desk.ts';
import { acceptInput } from './inputs.ts';
import type { CommandOptions, Keeper, KeeperOptions, KeptMachine } from './keeping.ts';
import { createPostponed, type Postponed } from './postponed.ts';
import { createPowerWatch, type PowerWatch } from './power-watch.ts';
import { createQueue } from './queue.ts';

/** Begins to keep a machine; nothing is sent before it is asked or started. */
export function createKeeper(kept: KeptMachine, options: KeeperOptions): Keeper {
  return new MachineKeeper(kept, options);
}

class MachineKeeper implements Keeper {
  #kept: KeptMachine;
  readonly #options: KeeperOptions;
  readonly #queue = createQueue();
  readonly #values = new Map<string, Value>();
  readonly #memory = new Map<string, unknown>();
  readonly #postponed: Postponed;
  readonly #stopped = new AbortController();
  readonly #contact: Contact;
  readonly #power: PowerWatch;
  readonly #desk: KeptDesk;
  #timer: NodeJS.Timeout | undefined;
  #polling = false;
  /** Commands that wait or run. */
  #running = 0;
  #toldInterrupted = false;
  readonly #agenda: Agenda;

  constructor(kept: KeptMachine, options: KeeperOptions) {
    this.#kept = kept;
    this.#options = options;
    const { name: machine } = kept;
    this.#agenda = createAgenda(options.polled, () => options.patience.slowPollMs);
    this.#contact = createContact(
      (signal) => this.#kept.connect(signal),
      {
        reached: (reachability, error) =>
          options.send({ type: 'reachability', machine, reachability, ...(error === undefined ? {} : { error }) }),
        identified: (firmware) => options.send({ type: 'identified', machine, firmware }),
        missed: () => this.#power.lost(),
      },
      () => this.#desk.busy,
    );
    this.#desk = createDesk({
      machine,
      host: () => this.host,
      reach: (signal) => this.#contact.lend(signal),
      library: options.library,
      consentCode: options.consentCode,
      send: options.send,
      changed: () => this.#learnLocal(),
      memory: options.reimages,
      patience: options.patience.desk,
    });
    this.#postponed = createPostponed((work) => {
      this.#queue.enter(work).catch((error: Error) => options.log.warn(`${machine}: ${error.message}`, { machine }));
    });
    this.#power = createPowerWatch(kept.name, () => this.host, options.patience.grace, {
      show: (id, value) => this.#publish(id, value),
      started: () => this.#started(),
      ended: (id, ok, message) => {
        // What was postponed in case it would not go off is not for the next start.
        if (ok) this.#postponed.put(HARD_OFF, 0, undefined);
        options.send({ type: 'transition', machine: kept.name, id, ok, message });
      },
    });
  }

  get name() {
    return this.#kept.name;
  }
  get host() {
    return this.#kept.host;
  }
  get tags() {
    return this.#kept.tags;
  }
  get reachability() {
    return this.#contact.reachability;
  }
  get error() {
    return this.#contact.error;
  }
  get firmware() {
    return this.#contact.firmware;
  }
  get values() {
    return this.#values;
  }
  get waiting() {
    return this.#queue.length;
  }
  get roundTripMs() {
    return this.#contact.roundTripMs;
  }
  get busy() {
    return this.#running > 0 || this.#power.changing || this.#desk.busy || this.#postponed.length > 0;
  }

  machine(signal?: AbortSignal): Promise<Machine> {
    return this.#queue.enter(() => this.#patiently(() => this.#contact.lend(signal), signal), signal);
  }

  use<T>(work: (machine: Machine) => Promise<T>): Promise<T> {
    return this.#queue.enter(() => this.#contact.use(work, this.#stopped.signal));
  }

  async read(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Value | AmtError>> {
    const answers = new Map<string, Value | AmtError>();
    for (const [source, entries] of bySource(this.#options.table, ids)) {
      try {
        const read = await this.#queue.enter(() => this.#patiently(() => this.#ask(source, signal), signal), signal);
        for (const entry of entries) {
          const value = entry.pick(read as never);
          this.#learn(entry.id, value);
          answers.set(entry.id, this.#power.shown(entry.id, value));
        }
      } catch (error) {
        if (!(error instanceof AmtError)) throw error;
        for (const entry of entries) answers.set(entry.id, error);
      }
    }
    return answers;
  }

  async run(capability: Action | Setting, input: unknown, { wait, ...options }: CommandOptions): Promise<unknown> {
    const { signal } = options;
    this.#running++;
    try {
      const perform = () => this.#queue.enter(() => this.#perform(capability, input, options), signal);
      const data = await this.#options.pace.now(perform);
      if (wait) await this.#arrival(signal);
      return data;
    } finally {
      this.#running--;
    }
  }

  start(delayMs: number): void {
    if (this.#stopped.signal.aborted) return;
    this.#polling = true;
    this.#schedule(delayMs);
  }

  outdate(): void {
    this.#agenda.outdate(({ refresh }) => refresh === 'minutes');
  }

  async refresh(): Promise<void> {
    await this.#poll();
    if (this.#polling) this.#schedule(this.#pause());
  }

  async update(kept: KeptMachine): Promise<void> {
    this.#kept = kept;
    await this.#contact.drop();
    if (this.#polling) this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#polling = false;
    clearTimeout(this.#timer);
    this.#postponed.clear();
    await this.#desk.close();
    await this.#contact.drop();
  }

  // — carrying out —

  async #perform(
    capability: Action | Setting,
    input: unknown,
    options: Omit<CommandOptions, 'wait'>,
  ): Promise<unknown> {
    const { signal } = options;
    const context = this.#context(options);
    const carryOut = (machine: Machine): Promise<unknown> => {
      const accepted = acceptInput(capability, input) as never;
      return capability.kind === 'setting'
        ? capability.write(machine, accepted, context)
        : capability.run(machine, accepted, context);
    };
    if (isLocal(capability)) {
      const data = await carryOut(NOBODY);
      this.#learnLocal();
      return data;
    }
    const data = await this.#patiently(() => this.#contact.use(carryOut, signal), signal).catch((error: unknown) => {
      // It may have been done all the same.
      if (lost(error)) this.#outdateChanged(capability);
      throw error;
    });
    this.#accepted(capability, input);
    this.#outdateChanged(capability);
    if (this.#polling) this.#schedule(this.#power.changing ? this.#options.patience.transitionPollMs : 0);
    else await this.#readChanged(capability, signal);
    return data;
  }

  /** What a successful command means for the power. */
  #accepted(capability: Action | Setting, input: unknown): void {
    const [area, name] = capability.id.split('.') as [string, string];
    const now = (input as { now?: unknown } | undefined)?.now === true;
    const action: PowerAction | undefined =
      capability.kind === 'action' && area === 'power'
        ? (name as PowerAction)
        : capability.kind === 'action' && area === 'boot' && now
          ? this.#values.get('power.state') === 'on'
            ? 'reset'
            : 'on'
          : undefined;
    if (action === undefined) return;
    if (action !== 'soft-off') this.#postponed.put(HARD_OFF, 0, undefined);
    this.#power.accepted(capability.id, action);
  }

  /** Waits until the transition under way has ended. */
  async #arrival(signal: AbortSignal | undefined): Promise<void> {
    const arrival = this.#power.arrival;
    if (arrival === undefined) return;
    if (this.#polling) return await until(arrival, signal);
    while (this.#power.arrival === arrival) {
      await pause(this.#options.patience.transitionPollMs, signal);
      await this.read(['power.state'], signal);
    }
    await arrival;
  }

  /** The machine starts: what was set for the next start is used up, an alarm has gone off, and there is news in its log. */
  #started(): void {
    this.#agenda.outdate(({ startChanges }) => startChanges === true);
    if (this.#memory.has('boot.next')) {
      this.#memory.set('boot.next', 'none');
      this.#learn('boot.next', 'none');
    }
  }

  #context({ signal, transaction, within }: Omit<CommandOptions, 'wait'> = {}): CapabilityContext {
    return {
      desk: this.#desk,
      transaction,
      name: this.name,
      memory: this.#memory,
      switchOff: this.#kept.switchOff,
      value: (id) => this.#values.get(id),
      run: async (id, input) => {
        const capability = this.#options.table.get(id);
        if (capability === undefined || capability.kind === 'reading') throw new TypeError(`There is no action ${id}.`);
        const given = within === undefined ? input : await within(capability, acceptInput(capability, input));
        return await this.#perform(capability, given, { signal, within });
      },
      show: (picture) => this.#options.send({ type: 'picture', machine: this.name, ...picture }),
      later: (key, afterMs, work) => this.#postponed.put(key, afterMs, work),
      signal,
    };
  }

  #patiently<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return patiently(work, { name: this.name, retryMs: this.#options.patience.busyRetryMs, signal });
  }

  // — reading —

  #ask(source: Source<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
    const context = this.#context({ signal });
    if (source.local === true) return source.read(NOBODY, context);
    return this.#contact.use((machine) => source.read(machine, context), signal);
  }

  /** What is known without asking, at once and not at the next poll. */
  #learnLocal(): void {
    const context = this.#context();
    for (const [source, entries] of this.#options.polled) {
      if (source.local !== true) continue;
      source
        .read(NOBODY, context)
        .then((read) => {
          for (const entry of entries) this.#learn(entry.id, entry.pick(read as never));
        })
        .catch((error: Error) => this.#options.log(error.message));
    }
  }

  async #readChanged(capability: Action | Setting, signal: AbortSignal | undefined): Promise<void> {
    const known = capability.changes.filter((id) => this.#values.has(id));
    if (known.length > 0) {
      for (const [source, entries] of bySource(this.#options.table, known)) {
        const read = await this.#ask(source, signal).catch(() => undefined);
        if (read !== undefined) for (const entry of entries) this.#learn(entry.id, entry.pick(read as never));
      }
    }
  }

  #learn(id: string, value: Value): void {
    if (id === 'power.state') this.#power.observe(value as PowerState);
    else if (id !== 'power.switch') this.#publish(id, value);
  }

  #publish(id: string, value: Value): void {
    const previous = this.#values.get(id);
    if (this.#values.has(id) && same(previous, value)) return;
    // A copy: text cut from a reply would keep the whole reply in memory for as long as it is known.
    this.#values.set(id, structuredClone(value));
    this.#options.send({ type: 'value', machine: this.name, id, value, previous });
  }

  /** What a command changes is read with the next poll, however rarely it is read else. */
  #outdateChanged({ changes }: Action | Setting): void {
    this.#agenda.outdate((_source, entries) => entries.some(({ id }) => changes.includes(id)));
  }

  // — polling —

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#polling || delayMs === NEVER) return;
    this.#timer = setTimeout(() => {
      this.#poll().finally(() => this.#schedule(this.#pause()));
    }, delayMs);
    this.#timer.unref();
  }

  #pause(): number {
    const { pollMs, transitionPollMs, offlinePollMs } = this.#options.patience;
    if (this.#power.changing) return transitionPollMs;
    if (this.#contact.reachability === 'refused') return NEVER;
    return Math.min(pollMs * 2 ** Math.max(0, this.#contact.misses - 2), Math.max(pollMs, offlinePollMs));
  }

  async #poll(): Promise<void> {
    const signal = this.#stopped.signal;
    try {
      await this.#options.pace.later(() => this.#pollOnce(signal));
      this.#options.onPoll?.(true);
    } catch (error) {
      const { log, onPoll } = this.#options;
      if (!signal.aborted) onPoll?.(false);
      const about = { machine: this.name };
      if (error instanceof AmtError)
        log.debug(`${this.name}: not polled: ${error.message}`, { ...about, code: error.code });
      else log.error(`${this.name}: ${(error as Error).stack ?? error}`, about);
    }
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    if (!this.#toldInterrupted) this.#toldInterrupted = this.#desk.tellInterrupted();
    this.#learnLocal();
    for (const [source, entries] of this.#agenda.due((id) => this.#values.has(id))) {
      if (signal.aborted) return;
      try {
        const ask = () => this.#agenda.read(source, () => this.#ask(source, signal));
        const read = await this.#queue.enter(ask, signal);
        for (const entry of entries) this.#learn(entry.id, entry.pick(read as never));
      } catch (error) {
        const vital = source.refresh === 'seconds' && source.added !== true;
        if (vital || lost(error) || error instanceof AuthenticationFailed) throw error;
        if (!(error instanceof AmtError)) throw error;
        for (const entry of entries) if (!this.#values.has(entry.id)) this.#values.set(entry.id, undefined);
      }
    }
  }
}

/** What entries are given that do not need a machine. */
const NOBODY = undefined as never;

const NEVER = Number.POSITIVE_INFINITY;

function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
