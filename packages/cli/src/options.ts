/** Options that mean the same thing wherever they stand. */
import type { Options } from './command.ts';
import { UsageError } from './exit.ts';

/** Every command has these. */
export const globalOptions = {
  json: { type: 'flag', describe: 'Print one JSON document', group: 'Output' },
  jsonl: { type: 'flag', describe: 'Print one JSON object on each line', group: 'Output' },
  quiet: { type: 'flag', alias: 'q', describe: 'Leave out what is only for people', group: 'Output' },
  verbose: { type: 'flag', alias: 'v', describe: 'Show what is sent, without secrets', group: 'Output' },
  color: { type: 'flag', describe: 'Colours; --no-color switches them off', group: 'Output' },
  config: { type: 'text', describe: 'The machine book to use', group: 'Output' },
} as const satisfies Options;

/** Every command that talks to machines has these. */
export const connectionOptions = {
  timeout: {
    type: 'text',
    describe: 'How long one answer may take, and how long --wait waits',

    group: 'Connection',
  },
  user: { type: 'text', describe: 'Account for addresses that are not in the book', group: 'Connection' },
  credentials: { type: 'text', describe: 'Credentials of the book to use', group: 'Connection' },
  'password-stdin': { type: 'flag', describe: 'Read the password from stdin', group: 'Connection' },
  tls: {
    type: 'text',
    choices: ['auto', 'on', 'off'],
    describe: 'TLS for addresses that are not in the book',
    group: 'Connection',
  },
  'legacy-tls': { type: 'flag', describe: 'Speak TLS 1.0 and 1.1 with such addresses', group: 'Connection' },
  'strict-tls': { type: 'flag', describe: 'Refuse certificates never seen before', group: 'Connection' },
} as const satisfies Options;

/** Every command that takes several targets has these. */
export const targetOptions = {
  targets: { type: 'texts', describe: 'Names, tags such as @lab, @all, or addresses' },
  parallel: { type: 'text', describe: 'How many machines at once (8)', group: 'Several machines' },
  stagger: { type: 'text', describe: 'Pause between the starts, such as 2s', group: 'Several machines' },
  'max-fail': { type: 'text', describe: 'Begin no more after so many failures', group: 'Several machines' },
  ...connectionOptions,
} as const satisfies Options;

/** Every command that may change something has this. */
export const pluginOption = {
  plugins: {
    type: 'flag',
    describe: 'Ask the plugins of the book; --no-plugins leaves them out, and is logged',
    group: 'Change',
  },
} as const satisfies Options;

/** Every command that changes something has these. */
export const changeOptions = {
  'dry-run': { type: 'flag', alias: 'n', describe: 'Check everything and change nothing', group: 'Change' },
  yes: { type: 'flag', alias: 'y', describe: 'Answer every question with yes', group: 'Change' },
  wait: { type: 'flag', alias: 'w', describe: 'Wait until the state is really reached', group: 'Change' },
  ...pluginOption,
} as const satisfies Options;

/** The port of `--pet-port`. @throws UsageError */
export function petPortOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--pet-port takes a UDP port from 1 to 65535, not ${JSON.stringify(text)}.`);
}

/** The id of `--id`. @throws UsageError */
export function bridgeIdOf(text: string | undefined): string | undefined {
  if (text === undefined || (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && text.length <= 63)) return text;
  throw new UsageError(`--id takes lower-case letters, digits and single dashes, not ${JSON.stringify(text)}.`);
}
