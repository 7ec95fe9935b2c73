/** What may stand at the end of a command line that is still being typed. Nothing is sent: names come from the book. */
import type { Command, Entry, Group, Options } from './command.ts';
import { globalOptions } from './options.ts';

/** Targets there are. */
export interface Targets {
  readonly names: readonly string[];
  /** Without the sign. */
  readonly tags: readonly string[];
  /** Names of the library. */
  readonly media: readonly string[];
}

/** Candidates for the last of `words`, which may be empty. `targets` is asked for only where machines may stand. */
export async function candidates(
  entries: readonly Entry[],
  words: readonly string[],
  targets: () => Promise<Targets>,
): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1).filter((word) => !word.startsWith('-'));
  const [name, second] = before;
  const previous = words.at(-2) ?? '';
  const all = await possible(entries, { name, second, previous, typed: before.length, current }, targets);
  return [...new Set(all)].filter((word) => word.startsWith(current));
}

/** What stands there so far. */
interface Line {
  readonly name: string | undefined;
  readonly second: string | undefined;
  /** The word before the last. */
  readonly previous: string;
  /** Words before the last that are no options. */
  readonly typed: number;
  readonly current: string;
}

async function possible(
  entries: readonly Entry[],
  { name, second, previous, typed, current }: Line,
  targets: () => Promise<Targets>,
): Promise<readonly string[]> {
  if (name === undefined) {
    if (current.startsWith('-')) return optionNames(globalOptions);
    return [...entries.map((entry) => entry.name), 'help'];
  }
  if (name === 'help') return entries.map((entry) => entry.name);
  const loaded = await entries.find((entry) => entry.name === name)?.load();
  if (loaded === undefined) return [];
  const command = commandOf(loaded, second);
  if (current.startsWith('-')) return optionNames({ ...command?.options, ...globalOptions });
  const asked = command?.options[previous.replace(/^--/, '')];
  if (previous.startsWith('--') && asked?.type === 'text') {
    return asked.choices ?? (IMAGES.has(previous) ? (await targets()).media : []);
  }
  const words: string[] = [];
  if ('commands' in loaded && typed === 1) words.push(...[...loaded.commands.keys()].filter((word) => word !== ''));
  if (command !== undefined && /<(targets|target|name)\b|\[targets/.test(command.usage)) {
    const { names, tags, media } = await targets();
    words.push(...names, '@all', ...tags.map((tag) => `@${tag}`));
    if (command.usage.startsWith('<image>') && typed === 2) words.push(...media);
  }
  return words;
}

function commandOf(loaded: Command | Group, second: string | undefined): Command | undefined {
  if (!('commands' in loaded)) return loaded;
  return loaded.commands.get(second ?? '') ?? loaded.commands.get('');
}

/** Options whose values may be names of the library. */
const IMAGES: ReadonlySet<string> = new Set(['--iso', '--floppy']);

function optionNames(options: Options): string[] {
  return Object.entries(options)
    .filter(([, { type }]) => type !== 'texts')
    .map(([name]) => `--${name}`);
}

/** The scripts; both hand the line to `amt completion words`. */
export const scripts = {
  bash: `# amt completion bash > /etc/bash_completion.d/amt, or: source <(amt completion bash)
_amt_completion() {
  local line="\${COMP_LINE:0:COMP_POINT}"
  local last="\${line##* }" piece="\${COMP_WORDS[COMP_CWORD]}"
  mapfile -t COMPREPLY < <(amt completion words "--line=$line" 2>/dev/null)
  # Bash breaks words at @ and :, and replaces only the last piece.
  COMPREPLY=("\${COMPREPLY[@]#"\${last%"$piece"}"}")
}
complete -o default -F _amt_completion amt
`,
  zsh: `#compdef amt
# amt completion zsh > "\${fpath[1]}/_amt", or: source <(amt completion zsh)
_amt_completion() {
  local -a candidates
  candidates=("\${(@f)$(amt completion words "--line=\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  compadd -- $candidates
}
compdef _amt_completion amt
`,
} as const;
