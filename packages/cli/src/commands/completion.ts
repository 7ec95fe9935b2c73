/** `amt completion`: scripts for shells, and what they ask for. */
import { basename } from 'node:path';
import { type Command, command, type Entry, type Section } from '../command.ts';
import { candidates, scripts } from '../completion.ts';
import { UsageError } from '../exit.ts';
import { loadAutomation } from '../session.ts';

/** The command, for these commands. */
export const completionOf = (sections: readonly Section[]): Command =>
  command({
    usage: '[shell]',
    describe: 'Print a script that lets bash or zsh complete commands, options and names of the book',
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/amt', 'For every bash'],
      ['completion zsh > ~/.zfunc/_amt', 'For every zsh'],
    ],
    options: {
      shell: { type: 'text', choices: ['bash', 'zsh', 'words'], describe: 'Shell (that of $SHELL)' },
      line: { type: 'text', describe: 'With words: what was typed so far; prints what may stand at its end' },
    },
    run: async (app, given) => {
      const shell = given.shell ?? basename(app.env.SHELL ?? '');
      if (shell === 'words') {
        const own = sections.flatMap((section) => section.entries);
        const words = (given.line ?? '').split(/\s+/).slice(1);
        const entries = mayBeAdded(own, words) ? await withPlugins(own, app.config) : own;
        const found = await candidates(entries, words, () => targetsOf(app.config));
        for (const word of found) app.out.line(word);
        return app.out.result({ machine: null, ok: true, data: { words: found } });
      }
      if (shell !== 'bash' && shell !== 'zsh') {
        throw new UsageError('There are scripts for bash and zsh.', 'Name one: amt completion bash.');
      }
      app.out.line(scripts[shell].trimEnd());
      app.out.result({ machine: null, ok: true, data: { shell, script: scripts[shell] } });
    },
  });

/** Plugins are loaded only for what they may bring along: a first word, a second one, and what stands behind theirs. */
function mayBeAdded(own: readonly Entry[], words: readonly string[]): boolean {
  return words.length < 3 || !own.some(({ name }) => name === words[0]);
}

/** A book with a plugin that cannot be loaded has its machines all the same. */
async function withPlugins(own: readonly Entry[], config: string | undefined): Promise<readonly Entry[]> {
  const { entriesWithAdded } = await import('../added.ts');
  return await entriesWithAdded(own, config).catch(() => own);
}

async function targetsOf(config: string | undefined) {
  const { openBook } = await loadAutomation();
  const { machines, media } = await openBook(config);
  const tags = new Set([...machines.values()].flatMap(({ tags = [] }) => tags));
  return { names: [...machines.keys()], tags: [...tags], media: [...media.keys()] };
}
