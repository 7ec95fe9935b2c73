/** What a command is: its words, its options, and what it does. The parser is told by `program.ts`. */
import type { App } from './app.ts';

/** One option or positional. */
export interface Option {
  readonly type: 'flag' | 'text' | 'texts';
  readonly describe: string;
  readonly alias?: string;
  readonly choices?: readonly string[];
  /** A heading of its own in help. */
  readonly group?: string;
}

/** Options by name; positionals are those that the usage names. */
export type Options = Readonly<Record<string, Option>>;

/** What a command is given: options that were not typed are undefined. */
export type Arguments<O extends Options> = {
  readonly [K in keyof O]: O[K]['type'] extends 'flag'
    ? boolean | undefined
    : O[K]['type'] extends 'texts'
      ? readonly string[]
      : string | undefined;
};

/** One command, or one of a group. */
export interface Command {
  /** Words behind the command's name: `<targets..>`, `[value]`. */
  readonly usage: string;
  /** What it does, as one line without the full stop. */
  readonly describe: string;
  /** Sentences more for its help; lines of their own stay so. */
  readonly note?: string;
  /** Command lines without `amt`, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly options: Options;
  /** Other names in its group. */
  readonly aliases?: readonly string[];
  readonly run: (app: App, given: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** Commands of a group by name; `''` is what the group does by itself. */
export interface Group {
  readonly commands: ReadonlyMap<string, Command>;
}

/** One word behind `amt`. */
export interface Entry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<Command | Group>;
  /** It comes from the table of capabilities, to which plugins may add. */
  readonly derived?: true;
}

/** Commands under a heading of the help. */
export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** States a command; `run` gets its options with their types. */
export function command<const O extends Options>(definition: {
  readonly usage: string;
  readonly describe: string;
  readonly note?: string;
  readonly examples: Command['examples'];
  readonly options: O;
  readonly run: (app: App, given: Arguments<O>) => Promise<void>;
}): Command {
  return definition as unknown as Command;
}
