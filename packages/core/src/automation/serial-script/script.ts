/**
 * The language of scripts for a serial port: one step a line.
 *
 *     # what follows is a comment
 *     timeout 1m                      how long each expect below waits; 30s before it is said
 *     var USER = "root"               from the environment, with what it is where it is not set there
 *     secret LAB_PASSWORD             from the environment, and never shown
 *     send "${USER}\r"                types; \r \n \t \e \\ \" \xHH
 *     press F2                        types a key: ENTER ESC TAB UP F1 … CTRL-C, or one character
 *     press ESC every 500ms until "Boot menu" timeout 30s
 *     expect "login:"                 waits for text, colours and cursor movements left out
 *     expect /[#$] $/m timeout 5s     or for a regular expression
 *     never "Kernel panic"            from here on, this ends it as failed
 *     log "logged in to ${machine}"   prints
 *     pause 2s
 *     power reset                     on off cycle reset soft-off soft-reset
 *     exit 3                          ends it with this status; the end of the file is exit 0
 */
import { keyNames, keyText } from './keys.ts';
import { durationIn, Line, type Pattern, patternIn, type Text, textIn } from './script-words.ts';

/** What one line does. */
export type Step = { readonly line: number; readonly source: string } & (
  | { readonly does: 'timeout' | 'pause'; readonly ms: number }
  | { readonly does: 'send' | 'log'; readonly text: Text }
  | { readonly does: 'expect'; readonly pattern: Pattern; readonly ms: number | undefined }
  | { readonly does: 'never'; readonly pattern: Pattern }
  | {
      readonly does: 'press';
      readonly key: string;
      readonly until?: { readonly pattern: Pattern; readonly everyMs: number; readonly ms: number | undefined };
    }
  | { readonly does: 'power'; readonly action: string }
  | { readonly does: 'exit'; readonly status: number }
);

/** A script that can be run. */
export interface Script {
  readonly steps: readonly Step[];
  /** Values of variables; `machine` is filled in for each. */
  readonly variables: ReadonlyMap<string, string>;
  /** Values that are never shown. */
  readonly secrets: readonly string[];
}

/** Power actions a script may ask for. */
const POWER = ['on', 'off', 'cycle', 'reset', 'soft-off', 'soft-reset'] as const;
/** How often a key is pressed, unless the script says otherwise. */
const PRESS_EVERY_MS = 500;

/**
 * Reads a script. @param name of its file, for messages @throws TypeError with file and line
 */
export function parseScript(source: string, name: string, env: Readonly<Record<string, string | undefined>>): Script {
  const steps: Step[] = [];
  const variables = new Map<string, string>();
  const secrets: string[] = [];
  for (const [index, text] of source.split(/\r?\n/).entries()) {
    const line = new Line(text, index + 1, name, new Set(['machine', ...variables.keys()]));
    if (line.empty) continue;
    const verb = line.word('a step');
    if (verb === 'var' || verb === 'secret') {
      const [variable, value] = declared(line, env, verb === 'var');
      variables.set(variable, value);
      if (verb === 'secret' && value !== '') secrets.push(value);
    } else steps.push({ line: index + 1, source: text.trim(), ...stepOf(verb, line) } as Step);
    line.end();
  }
  if (steps.length === 0) throw new TypeError(`${name} has no steps.`);
  return { steps, variables, secrets };
}

function stepOf(verb: string, line: Line): object {
  switch (verb) {
    case 'timeout':
    case 'pause':
      return { does: verb, ms: durationIn(line, verb) };
    case 'send':
    case 'log':
      return { does: verb, text: textIn(line) };
    case 'expect':
      return { does: verb, pattern: patternIn(line), ms: timeoutIn(line) };
    case 'never':
      return { does: verb, pattern: patternIn(line) };
    case 'press':
      return press(line);
    case 'power': {
      const action = line.word('a power action');
      if (POWER.includes(action as (typeof POWER)[number])) return { does: verb, action };
      throw line.wrong(`power takes one of ${POWER.join(', ')}, not ${action}`);
    }
    case 'exit': {
      const status = line.word('a number');
      if (/^\d{1,3}$/.test(status) && Number(status) <= 125) return { does: verb, status: Number(status) };
      throw line.wrong(`exit takes a number from 0 to 125, not ${status}`);
    }
    default:
      throw line.wrong(`there is no step ${verb}; steps are ${VERBS.join(', ')}`);
  }
}

const VERBS = ['send', 'press', 'expect', 'never', 'timeout', 'pause', 'log', 'var', 'secret', 'power', 'exit'];

function press(line: Line): object {
  const key = line.word('a key');
  if (keyText(key) === undefined) {
    throw line.wrong(`there is no key ${key}; keys are ${keyNames.join(', ')}, F1 to F12, CTRL-A, or one character`);
  }
  const everyMs = line.takes('every') ? durationIn(line, 'every', 10) : undefined;
  if (line.takes('until')) {
    const pattern = patternIn(line);
    return { does: 'press', key, until: { pattern, everyMs: everyMs ?? PRESS_EVERY_MS, ms: timeoutIn(line) } };
  }
  if (everyMs !== undefined) throw line.wrong('a key that is pressed again and again needs: until "text"');
  return { does: 'press', key };
}

function timeoutIn(line: Line): number | undefined {
  return line.takes('timeout') ? durationIn(line, 'timeout', 1) : undefined;
}

/** `NAME`, and `= "default"` where there may be one. */
function declared(
  line: Line,
  env: Readonly<Record<string, string | undefined>>,
  hasDefault: boolean,
): readonly [string, string] {
  const name = line.word('the name of a variable');
  if (!/^[A-Za-z_]\w*$/.test(name)) throw line.wrong(`${name} is not the name of a variable`);
  const otherwise = hasDefault && line.takes('=') ? textIn(line) : undefined;
  if (otherwise?.some((part) => typeof part !== 'string')) throw line.wrong('a default has no variables in it');
  const value = env[name] ?? otherwise?.join('');
  if (value === undefined) throw line.wrong(`${name} is not set in the environment`);
  return [name, value];
}
