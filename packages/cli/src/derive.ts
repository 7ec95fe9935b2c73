/**
 * Capability → command: `amt <area> <name> TARGET [value|--field v]`. Pure; `commands/capability.ts` runs what this
 * describes.
 */
import type { Capability, Effect, ValueType } from '@amtkit/core/automation';
import type { Arguments, Option, Options } from './command.ts';
import { UsageError } from './exit.ts';
import { changeOptions, targetOptions } from './options.ts';

/** What `presentation.ts` says of a capability. */
export interface Presentation {
  /** Other names of the command, each with inputs it brings along. */
  readonly aliases?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Inputs the command brings along under its own name, and nobody is asked for. */
  readonly preset?: Readonly<Record<string, unknown>>;
  /** Titles of commands, by their name. @default that of the capability */
  readonly titles?: Readonly<Record<string, string>>;
  /** Inputs under another option name. */
  readonly options?: Readonly<Record<string, string>>;
  /** Secret inputs that may be typed on the command line all the same. */
  readonly shown?: readonly string[];
  /** Values that can be read and not set, beside `unknown`. */
  readonly readOnly?: readonly string[];
  /** It is no command, since one that is written by hand does it: it lasts as long as what it begins, or writes a file. */
  readonly lasting?: true;
  /** Values of inputs in examples. */
  readonly example?: Readonly<Record<string, string>>;
}

/** An input of an action as an option. */
export interface Field {
  /** Name of the input. */
  readonly input: string;
  /** Name of the option, without dashes. */
  readonly option: string;
  readonly type: ValueType;
  readonly required: boolean;
  /** It cannot be typed on the command line: asked for, or read from stdin with `--<option>-stdin`. */
  readonly hidden: boolean;
}

/** A command made from a capability. */
export interface DerivedCommand {
  readonly id: string;
  readonly area: string;
  readonly name: string;
  /** Other names that mean exactly the same. */
  readonly aliases: readonly string[];
  readonly kind: Capability['kind'];
  readonly effect: Effect;
  readonly usage: string;
  readonly describe: string;
  readonly note?: string;
  readonly examples: readonly (readonly [string, string])[];
  readonly options: Options;
  /** What a value looks like; settings only. */
  readonly value?: ValueType;
  readonly fields: readonly Field[];
  readonly preset: Readonly<Record<string, unknown>>;
  /** It begins or ends a power transition, which one can wait for. */
  readonly waits: boolean;
}

/** The commands of a capability: its own, and those of its aliases. */
export function deriveCommands(capability: Capability, presentation: Presentation = {}): DerivedCommand[] {
  const { aliases = {}, preset = {}, lasting = false } = presentation;
  if (lasting) return [];
  const isSame = (name: string): boolean => Object.keys(aliases[name] ?? {}).length === 0;
  const own = derive(capability, presentation, nameOf(capability), preset);
  const others = Object.keys(aliases).filter((name) => !isSame(name));
  return [
    { ...own, aliases: Object.keys(aliases).filter(isSame) },
    ...others.map((name) => derive(capability, presentation, name, aliases[name] ?? {})),
  ];
}

/** The area of an id: `power` of `power.state`. */
export function areaOf({ id }: { readonly id: string }): string {
  return id.slice(0, id.indexOf('.'));
}

/** The name of an id in its area: `state` of `power.state`. */
export function nameOf({ id }: { readonly id: string }): string {
  return id.slice(id.indexOf('.') + 1);
}

/**
 * Targets and the value in what was typed behind the command. A setting takes the last of two or more as its value:
 * several settings are read with `a,b` or a tag.
 */
export function splitTargets(
  command: Pick<DerivedCommand, 'kind'>,
  typed: readonly string[],
): { readonly targets: readonly string[]; readonly value?: string } {
  const value = command.kind === 'setting' && typed.length > 1 ? typed.at(-1) : undefined;
  return value === undefined ? { targets: typed } : { targets: typed.slice(0, -1), value };
}

/** The inputs of an action from its options; secrets that were not typed are missing still. @throws UsageError */
export function inputsOf(
  { fields, preset, id }: DerivedCommand,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const inputs: Record<string, unknown> = { ...preset };
  for (const { input, option, required, hidden, type } of fields) {
    const value = hidden ? undefined : given[option];
    if (value !== undefined) inputs[input] = value;
    else if (required && type.type !== 'secret' && inputs[input] === undefined) {
      throw new UsageError(`amt ${id.replace('.', ' ')} needs --${option}.`);
    }
  }
  return inputs;
}

/** What stands for a value where a command is described. */
export function placeholder(type: ValueType): string {
  switch (type.type) {
    case 'flag':
      return 'on, off';
    case 'one-of':
      return type.options.join(', ');
    case 'integer':
      return type.unit === undefined ? 'N' : `N ${type.unit}`;
    case 'timestamp':
      return type.none === true ? 'TIME, none' : 'TIME';
    default:
      return 'TEXT';
  }
}

/** A value as it can be set: nobody sets it to `unknown`. */
function settable(type: ValueType, { readOnly = [] }: Presentation): ValueType {
  if (type.type !== 'one-of') return type;
  return { ...type, options: type.options.filter((word) => word !== 'unknown' && !readOnly.includes(word)) };
}

function derive(
  capability: Capability,
  presentation: Presentation,
  name: string,
  preset: Readonly<Record<string, unknown>>,
): DerivedCommand {
  const { id, kind } = capability;
  const title = presentation.titles?.[name] ?? capability.title;
  const area = areaOf(capability);
  const words = `${area} ${name}`;
  const fields = kind === 'action' ? fieldsOf(capability, presentation, preset) : [];
  const changes = kind !== 'reading';
  const waits = changes && capability.changes.includes('power.state');
  const { wait, ...unawaited } = changeOptions;
  return {
    id,
    area,
    name,
    aliases: [],
    kind,
    effect: changes ? capability.effect : 'harmless',
    usage: kind === 'setting' ? '<targets..> [value]' : '<targets..>',
    describe:
      kind === 'setting'
        ? `${title}; show it, or set it: ${placeholder(settable(capability.value, presentation))}`
        : title,
    ...(changes && capability.effect !== 'harmless' ? { note: EFFECTS[capability.effect] } : {}),
    examples: examplesOf(words, title, capability, fields, presentation),
    options: {
      ...targetOptions,
      ...Object.fromEntries(fields.flatMap(optionsOf)),
      ...(changes ? (waits ? { ...unawaited, wait } : unawaited) : {}),
    },
    ...(kind === 'setting' ? { value: capability.value } : {}),
    fields,
    preset,
    waits,
  };
}

function fieldsOf(
  { input }: Extract<Capability, { kind: 'action' }>,
  { options = {}, shown = [] }: Presentation,
  preset: Readonly<Record<string, unknown>>,
): Field[] {
  return Object.entries(input)
    .filter(([name]) => !(name in preset))
    .map(([name, type]) => ({
      input: name,
      option: options[name] ?? name,
      type,
      required: type.optional !== true,
      hidden: type.type === 'secret' && !shown.includes(name),
    }));
}

/** One option, or for a secret one that reads it from stdin, and one that takes it only where it may be shown. */
function optionsOf(field: Field): [string, Option][] {
  const { type, option, hidden } = field;
  const fromStdin: Option = { type: 'flag', describe: `Read the ${option.replaceAll('-', ' ')} from stdin` };
  return [
    ...(type.type === 'secret' ? [[`${option}-stdin`, fromStdin] satisfies [string, Option]] : []),
    ...(hidden ? [] : [[option, optionOf(field)] satisfies [string, Option]]),
  ];
}

function optionOf({ type, input, required }: Field): Option {
  const words = input.replaceAll('-', ' ');
  const sentence = ABBREVIATIONS.has(words) ? words.toUpperCase() : `${words[0]?.toUpperCase()}${words.slice(1)}`;
  if (type.type === 'flag') return { type: 'flag', describe: flagMeaning(input, sentence) };
  const meaning = [sentence, wantedOf(type)].filter((part) => part !== undefined).join(': ');
  return {
    type: 'text',
    describe: required ? meaning : `${meaning} (optional)`,
    ...(type.type === 'one-of' ? { choices: type.options } : {}),
  };
}

/** What an input takes, where its name does not say it. */
function wantedOf(type: ValueType): string | undefined {
  if (type.type === 'timestamp') return 'a time such as 2030-01-02T07:00, or 07:00';
  return type.type === 'text' ? type.like : undefined;
}

/** Inputs that are no words. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(['dns', 'url']);

function flagMeaning(input: string, sentence: string): string {
  if (input === 'now') return 'Start right away: reset, or switch on';
  if (input === 'drop-sessions') return 'End open redirection sessions first';
  return sentence;
}

const EFFECTS = {
  disruptive: 'Disruptive: it asks first at a terminal, and needs --yes elsewhere.',
  destructive: 'Destructive, what is not saved is lost: it asks first at a terminal, and needs --yes elsewhere.',
} as const;

function examplesOf(
  words: string,
  title: string,
  capability: Capability,
  fields: readonly Field[],
  { example = {} }: Presentation,
): [string, string][] {
  if (capability.kind === 'reading') {
    return [
      [`${words} office-pc`, title],
      [`${words} @lab --json`, 'The same of every machine with the tag lab, as JSON'],
    ];
  }
  if (capability.kind === 'setting') {
    return [
      [`${words} office-pc`, 'Show it'],
      [`${words} office-pc ${valueExample(capability.value)}`, 'Set it'],
    ];
  }
  const inputs = fields
    .filter(({ required }) => required)
    .map((field) =>
      field.hidden ? '' : ` --${field.option} ${quoted(example[field.input] ?? valueExample(field.type))}`,
    )
    .join('');
  const lines: [string, string][] = [[`${words} office-pc${inputs}`, title]];
  const now = fields.find(({ input }) => input === 'now');
  if (now !== undefined) lines.push([`${words} office-pc${inputs} --now --wait`, 'The same at once, and wait for it']);
  else lines.push([`${words} @lab${inputs} --dry-run`, 'Check what would be done, and to which machines']);
  return lines;
}

function valueExample(type: ValueType): string {
  if (type.type === 'flag') return 'on';
  if (type.type === 'one-of') return type.options.find((word) => word !== 'unknown' && word !== 'none') ?? '';
  if (type.type === 'timestamp') return '07:00';
  return type.type === 'integer' ? String(type.min ?? 1) : 'office';
}

function quoted(text: string): string {
  return /^[\w./:@,+-]+$/.test(text) ? text : `'${text}'`;
}

/** The arguments of any derived command. */
export type DerivedArguments = Arguments<typeof targetOptions & typeof changeOptions> &
  Readonly<Record<string, unknown>>;
