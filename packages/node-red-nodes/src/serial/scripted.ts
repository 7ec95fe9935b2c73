/** The serial port by a script, one for each message: the language of `amt sol expect`. */
import {
  openSerialLine,
  parseSerialScript,
  runSerialScript,
  type SerialEncoding,
  type SerialKeyStyle,
  switchingOn,
} from '@amtkit/core/automation';
import { isGiven, shown } from '../message.ts';
import { InvalidFlow } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { BY } from '../run.ts';
import { evaluated, fieldOf } from '../typed.ts';
import { type WorkerConfig, workOff } from '../worker.ts';

/** What the editor saves of it. */
export interface ScriptConfig extends WorkerConfig {
  /** Characters of the host. @default 'utf8' */
  readonly encoding?: SerialEncoding;
  /** Function keys as the host reads them. @default 'terminal' */
  readonly keys?: SerialKeyStyle;
  /** Switch on SOL and its listener where they are off. */
  readonly enable?: boolean;
}

/** As much of what the machine wrote is sent on. Characters. */
const TOLD = 65_536;

/** Makes the node run a script for each message. */
export function scripted(red: Red, node: RedNode, config: ScriptConfig): void {
  const scriptOf = async (msg: Message): Promise<{ readonly text: string; readonly entered: boolean }> => {
    const field = fieldOf(config, 'script');
    const entered = isGiven(field.value) && field.type === 'str';
    const value = await evaluated(red, node, isGiven(field.value) ? field : { value: 'payload', type: 'msg' }, msg);
    if (typeof value === 'string' && value.trim() !== '') return { text: value, entered };
    throw new InvalidFlow(`The script takes text, one step a line, not ${shown(value)}.`);
  };
  workOff(red, node, config, {
    what: () => 'the script',
    seconds: 600,
    perform: async ({ msg, fleet, machine, signal, send, doing }) => {
      const { text, entered } = await scriptOf(msg);
      const script = parseSerialScript(text, 'script', variablesOf(msg, entered));
      const reach = (given?: AbortSignal) => fleet.machine(machine, { signal: given ?? signal });
      const enabling = { service: 'sol', by: BY, signal, enable: config.enable === true } as const;
      const line = await switchingOn(fleet, machine, enabling, () => openSerialLine(reach, { signal }));
      const log: string[] = [];
      let written = '';
      const { status, steps } = await runSerialScript({
        script,
        machine,
        line,
        style: { encoding: config.encoding ?? 'utf8', keys: config.keys ?? 'terminal' },
        signal,
        power: async (action) => {
          await fleet.run(machine, `power.${action}`, undefined, { by: BY, signal });
        },
        onStep: (_step, number) => doing(`step ${number} of ${script.steps.length}`),
        onLog: (text) => log.push(text),
        onLine: (text) => {
          written = `${written}${text}\n`.slice(-TOLD);
        },
      });
      Object.assign(msg, { payload: status, log, written, amt: { machine, steps } });
      send(msg);
      return status === 0 ? `${steps} steps done` : `exit ${status}`;
    },
  });
}

/**
 * Variables of the script that the message sets. Those of Node-RED's environment may hold secrets, and only a script that
 * was entered in the dialog has them: one that a message brings may be anybody's. @throws InvalidFlow
 */
function variablesOf({ variables = {} }: Message, entered: boolean): Readonly<Record<string, string | undefined>> {
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) {
    throw new InvalidFlow(`msg.variables takes an object of names and texts, not ${shown(variables)}.`);
  }
  const given = Object.entries(variables).map(([name, value]) => [name, String(value)]);
  return { ...(entered ? process.env : {}), ...Object.fromEntries(given) };
}
