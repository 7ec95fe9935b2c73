/** Groups and views made from the table of capabilities; a few names of a group are written by hand. */
import type { Capability } from '@amtkit/core/automation';
import type { Command, Group } from './command.ts';
import { deriveCommands } from './derive.ts';
import { presentation, views } from './presentation.ts';
import { loadAutomation } from './session.ts';

/** The commands of an area, or a view that crosses areas; with `added` ones, which plugins of the book bring along. */
export async function area(name: string, added: readonly Capability[] = []): Promise<Command | Group> {
  const { capabilities } = await loadAutomation();
  const { runDerived } = await import('./commands/capability.ts');
  const table = new Map(capabilities.map((entry) => [entry.id, entry]));
  const commands = new Map<string, Command>();
  const view = views[name];
  if (view !== undefined) {
    const { viewCommand } = await import('./commands/view.ts');
    commands.set('', viewCommand(name, view, table));
  }
  for (const capability of [...capabilities, ...added]) {
    for (const derived of deriveCommands(capability, presentation[capability.id as keyof typeof presentation])) {
      if (derived.area !== name) continue;
      commands.set(derived.name, { ...derived, run: (app, given) => runDerived(app, derived, capability, given) });
    }
  }
  for (const [word, command] of Object.entries(await byHand(name))) commands.set(word, command);
  const only = commands.get('');
  return only !== undefined && commands.size === 1 ? only : { commands };
}

/** Commands of an area that do more than the table can say, under the same names. */
async function byHand(name: string): Promise<Readonly<Record<string, Command>>> {
  return name === 'log' ? (await import('./commands/log.ts')).logs : {};
}
