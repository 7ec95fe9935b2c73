/** The gate that every command goes through, whoever gave it: guards and plugins before it, audit and plugins after it. */
import type { Action, Capability, Setting, Value } from '../capabilities/capability.ts';
import { formatValue } from '../capabilities/value.ts';
import { AmtError, Vetoed } from '../errors.ts';
import type { Audit } from './audit.ts';
import type { FleetChange } from './changes.ts';
import type { ActionRequest, ActionResult, Guard, RunOptions } from './commands.ts';
import { acceptInput, visibleInput, withSecrets } from './inputs.ts';
import type { CommandOptions, Keeper } from './keeping.ts';
import type { Behind } from './plugins/causes.ts';
import type { PluginHost } from './plugins/host.ts';

/** What the gate stands between. */
export interface GateOptions {
  readonly table: ReadonlyMap<string, Capability>;
  /** @throws TypeError where there is no machine of that name */
  readonly keeper: (machine: string) => Keeper;
  readonly guards: readonly Guard[];
  readonly plugins: PluginHost;
  readonly audit: Audit | undefined;
  readonly send: (change: FleetChange, because?: Behind) => void;
}

/** The gate of one fleet. */
export class Gate {
  readonly #parts: GateOptions;

  constructor(parts: GateOptions) {
    this.#parts = parts;
  }

  /** Carries a command out, or refuses it; told and taken down either way. @throws AmtError, Vetoed; TypeError for wrong input */
  async run(
    name: string,
    id: string,
    input: unknown,
    options: RunOptions & { transaction: string },
  ): Promise<ActionResult> {
    const { transaction, by = 'api', dryRun = false, wait = false, signal, cause, work } = options;
    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    let request: ActionRequest | undefined;
    const report = (ok: boolean, code: string, message: string) => {
      const ms = elapsed();
      this.#parts.send(
        { type: 'result', machine: name, id, by, transaction, ok, code, message, ms },
        { cause, dryRun },
      );
      const { effect, input: visible } = request ?? {};
      const about = { machine: name, action: id, effect, input: visible, transaction, cause: cause?.plugin };
      const outcome = { dryRun: dryRun || undefined, ok, code, message, ms };
      this.#parts.audit?.record({ by, user: options.user, ...about, ...outcome });
      if (request === undefined) return;
      if (ok) this.#parts.plugins.after({ ...request, message, ms });
      else this.#parts.plugins.failed({ ...request, code, message, ms });
    };
    try {
      const keeper = this.#parts.keeper(name);
      const capability = this.#command(id);
      const asked = acceptInput(capability, input);
      const about = { machine: name, id, kind: capability.kind, title: capability.title, effect: capability.effect };
      request = { ...about, input: visibleInput(capability, asked), by, transaction, dryRun, cause };
      const checked = await this.#ask(request, capability, asked, keeper.host, signal);
      request = { ...request, input: visibleInput(capability, checked) };
      const what = `${capability.title}${capability.kind === 'setting' ? ` to ${formatValue(checked as Value)}` : ''}`;
      if (dryRun) {
        return { machine: name, id, transaction, message: `Would do on ${name}: ${what}.`, dryRun, ms: elapsed() };
      }
      const asker: ActionRequest = request;
      const within: CommandOptions['within'] = async (part, partInput) => {
        const { kind, title, effect } = part;
        const partOf = { ...asker, id: part.id, kind, title, effect, input: visibleInput(part, partInput), within: id };
        return await this.#ask(partOf, part, partInput, keeper.host, signal);
      };
      this.#parts.plugins.accepted(asker, capability.changes);
      const data =
        work === undefined
          ? await keeper.run(capability, checked, { wait, signal, transaction, within })
          : await work(checked);
      const begins = capability.kind === 'action' && capability.begins === true;
      const message = `${name}: ${what}: ${begins ? 'begun' : 'done'}.`;
      report(true, 'OK', message);
      return { machine: name, id, transaction, message, ...(data === undefined ? {} : { data }), ms: elapsed() };
    } catch (error) {
      if (error instanceof AmtError) report(false, error.code, error.message);
      else if (error instanceof TypeError) report(false, 'INVALID', error.message);
      else report(false, 'UNEXPECTED', String(error));
      throw error;
    }
  }

  /** Asks guards and plugins; the input it is to be done with. @throws Vetoed; Cancelled */
  async #ask(
    request: ActionRequest,
    capability: Action | Setting,
    input: unknown,
    host: string,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    for (const guard of this.#parts.guards) {
      const veto = guard(request);
      if (veto === undefined) continue;
      const { machine, id } = request;
      throw new Vetoed(`${machine}: ${id} was refused by ${veto.by}: ${veto.reason}`, { host, ...veto });
    }
    if (!this.#parts.plugins.guards) return input;
    const accept = (given: unknown) => {
      const accepted = acceptInput(capability, withSecrets(capability, given, input));
      return { input: accepted, visible: visibleInput(capability, accepted) };
    };
    const changed = await this.#parts.plugins.before(request, { host, accept, signal });
    return changed === undefined ? input : changed.input;
  }

  #command(id: string): Action | Setting {
    const capability = this.#parts.table.get(id);
    if (capability === undefined) throw new TypeError(`There is no capability ${id}.`);
    if (capability.kind === 'reading') throw new TypeError(`${id} can be read, not changed.`);
    return capability;
  }
}
