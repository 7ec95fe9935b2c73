/**
 * What plugins add to the capability table: checked, and wrapped so that an entry that throws or hangs is named and harms
 * neither the machine's queue nor other readings.
 */
import type { Action, Capability, CapabilityContext, Reading, Setting, Source } from '../../capabilities/capability.ts';
import { AmtError, Cancelled, Refused } from '../../errors.ts';
import type { Machine } from '../../machine/machine.ts';
import { capabilities } from '../capabilities.ts';
import type { Plugin } from '../plugin.ts';
import { inTime, TIME_LIMIT_MS } from './time-limit.ts';

/** How long carrying out an action or a setting may take where its plugin says nothing. */
const RUN_LIMIT_MS = 120_000;

/** Words that stand for something else in command lines and topics. */
const RESERVED: ReadonlySet<string> = new Set(
  'add all availability bridge capture completion do doctor edit event explain export help ider import info kvm ls plugin reimage result rm scan screen simulate sol trust watch web wsman'.split(
    ' ',
  ),
);

/** Entries of plugins, in the order in which they were added. */
export class Additions {
  readonly #entries = new Map<string, { readonly plugin: string; readonly entry: Capability }>();
  /** One wrapped source for each, so that readings that share one still do. */
  readonly #sources = new Map<Source<unknown>, Source<unknown>>();

  get entries(): Capability[] {
    return [...this.#entries.values()].map(({ entry }) => entry);
  }

  /** @throws TypeError where the entry is none, or its id is taken */
  add(plugin: Plugin, entry: Capability): void {
    const refuse = (why: string) => new TypeError(`${plugin.name} cannot add ${JSON.stringify(entry?.id)}: ${why}.`);
    const wrong = whyNoEntry(entry);
    if (wrong !== undefined) throw refuse(wrong);
    const { id } = entry;
    if (capabilities.some((own) => own.id === id)) throw refuse('amtkit has a capability of this name');
    const other = this.#entries.get(id);
    if (other !== undefined) throw refuse(`${other.plugin} has added it already`);
    this.#entries.set(id, { plugin: plugin.name, entry: this.#wrapped(plugin, entry) });
  }

  /** Takes back what a plugin added whose setup failed after all. */
  drop(plugin: string): void {
    for (const [id, added] of this.#entries) if (added.plugin === plugin) this.#entries.delete(id);
  }

  #wrapped(plugin: Plugin, entry: Capability): Capability {
    const limit = plugin.timeLimits?.run ?? RUN_LIMIT_MS;
    if (entry.kind === 'action') {
      const run = (machine: Machine, input: never, context: CapabilityContext) =>
        guarded(plugin.name, entry.id, limit, context, () => entry.run(machine, input, context));
      return { ...entry, run } satisfies Action;
    }
    const from = this.#source(plugin, entry.id, entry.from);
    const pick = (read: never) => picked(plugin.name, entry, read);
    if (entry.kind === 'reading') return { ...entry, from, pick } satisfies Reading;
    const write = (machine: Machine, value: never, context: CapabilityContext) =>
      guarded(plugin.name, entry.id, limit, context, () => entry.write(machine, value, context));
    return { ...entry, from, pick, write } satisfies Setting;
  }

  #source(plugin: Plugin, id: string, from: Source<unknown>): Source<unknown> {
    const known = this.#sources.get(from);
    if (known !== undefined) return known;
    const limit = plugin.timeLimits?.read ?? TIME_LIMIT_MS;
    const wrapped: Source<unknown> = {
      ...from,
      added: true,
      read: (machine, context) => guarded(plugin.name, id, limit, context, () => from.read(machine, context)),
    };
    this.#sources.set(from, wrapped);
    return wrapped;
  }
}

/** Does a plugin's work on a machine. What it throws becomes a sentence with its name. @throws AmtError */
async function guarded<T>(
  plugin: string,
  id: string,
  limitMs: number,
  { name, signal }: CapabilityContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await inTime(work(), limitMs);
  } catch (error) {
    if (error instanceof AmtError) throw error;
    if (signal?.aborted) throw new Cancelled(`${name}: ${id} was cancelled.`, { cause: error });
    throw failed(name, id, plugin, error);
  }
}

function picked(plugin: string, { id, pick }: Reading | Setting, read: never): ReturnType<Reading['pick']> {
  try {
    return pick(read);
  } catch (error) {
    throw failed('A machine', id, plugin, error);
  }
}

function failed(name: string, id: string, plugin: string, cause: unknown): Refused {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Refused(`${name}: ${id} of the plugin ${plugin} failed: ${why.replace(/\.$/, '')}.`, { cause });
}

/** What keeps a value from being an entry of the table; undefined when it is one. */
function whyNoEntry(entry: Capability): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'it is no entry; reading(), setting() and action() make some';
  const [, area] = /^([a-z][a-z0-9]*)\.[a-z0-9]+(?:-[a-z0-9]+)*$/.exec(String(entry.id)) ?? [];
  if (area === undefined) return 'an id is an area and a name, such as power.state';
  if (RESERVED.has(area)) return `${area} stands for something else in command lines and topics`;
  if (typeof entry.title !== 'string') return 'it has no title';
  const functions: readonly unknown[] =
    entry.kind === 'action'
      ? [entry.run]
      : entry.kind === 'setting'
        ? [entry.from?.read, entry.pick, entry.write]
        : entry.kind === 'reading'
          ? [entry.from?.read, entry.pick]
          : [undefined];
  if (functions.some((each) => typeof each !== 'function')) {
    return 'it is no entry; reading(), setting() and action() make some';
  }
  return undefined;
}
