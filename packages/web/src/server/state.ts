/** What the page shows beside the picture, kept current and told to every page that is open. */
import { keyboardLayouts } from '@amtkit/core';
import type { Action, Fleet, FleetChange, ScreenLineEvent } from '@amtkit/core/automation';
import type { DisplayChoice, News, PageState } from '../messages.ts';
import { displayChoices } from './displays.ts';
import { choiceOf, powerActions } from './power.ts';

/** One machine, as the page sees it. */
export class Status {
  readonly #fleet: Fleet;
  readonly #machine: string;
  readonly #layout: string;
  readonly #listeners = new Set<(news: News) => void>();
  readonly #stop = new AbortController();
  #supported: readonly unknown[] | undefined;
  #displays: readonly DisplayChoice[] = [];
  #screen: PageState['screen'] = { open: true, reason: undefined };
  #following: Promise<void> = Promise.resolve();

  constructor(fleet: Fleet, machine: string, layout: string) {
    this.#fleet = fleet;
    this.#machine = machine;
    this.#layout = layout;
  }

  /** Begins to follow the machine. */
  start(): void {
    this.#following = this.#follow();
  }

  get actions(): readonly Action[] {
    return powerActions(this.#fleet.capabilities, this.#supported);
  }

  get state(): PageState {
    const known = this.#fleet.machines.get(this.#machine);
    const power = known?.values.get('power.state');
    const version = known?.firmware?.version;
    return {
      machine: this.#machine,
      firmware: version === undefined ? undefined : `AMT ${version}`,
      power: typeof power === 'string' ? power : 'unknown',
      problem:
        known?.reachability === 'online' || known?.reachability === 'unknown' ? undefined : known?.error?.message,
      screen: this.#screen,
      choices: this.actions.map(choiceOf),
      displays: this.#displays,
      layouts: Object.keys(keyboardLayouts),
      layout: this.#layout,
    };
  }

  /** Tells the state at once and all news from now on. Returns how to end that. */
  listen(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    listener({ type: 'state', state: this.state });
    return () => this.#listeners.delete(listener);
  }

  /** Takes down what happened to the screen. */
  screen(event: ScreenLineEvent): void {
    this.#screen =
      event.type === 'reconnected' ? { open: true, reason: undefined } : { open: false, reason: event.error.message };
    this.#tellState();
    if (event.type === 'reconnected') void this.readDisplays();
  }

  /** Finds out which displays there are now, and which of them is shown. */
  async readDisplays(): Promise<void> {
    try {
      this.#displays = await displayChoices(this.#fleet, this.#machine, this.#stop.signal);
      this.#tellState();
    } catch {
      // A machine that does not answer says so by its reachability; what was known of it stays.
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const changes = this.#fleet.watch({ signal });
    const reading = this.#fleet.readMany(this.#machine, ['power.supported', 'power.state'], { signal }).then(
      (values) => {
        const supported = values.get('power.supported');
        if (Array.isArray(supported)) this.#supported = supported;
        this.#tellState();
      },
      // A machine that does not answer says so by its reachability.
      () => {},
    );
    try {
      void this.readDisplays();
      for await (const change of changes) this.#take(change);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await reading;
  }

  #take(change: FleetChange): void {
    if (change.machine !== this.#machine) return;
    if (change.type === 'transition') {
      this.#tell({ type: 'outcome', ok: change.ok, message: change.message });
      void this.readDisplays();
    }
    this.#tellState();
  }

  #tellState(): void {
    this.#tell({ type: 'state', state: this.state });
  }

  #tell(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }
}
