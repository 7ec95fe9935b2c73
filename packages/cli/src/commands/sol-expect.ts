/** `amt sol expect`: a script of what is typed and what is awaited. */
import { readFile } from 'node:fs/promises';
import type { SerialScript, SerialScriptResult, SerialStep } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { enableOptions } from '../enable.ts';
import { UsageError } from '../exit.ts';
import { changeOptions, targetOptions } from '../options.ts';
import { overMachines } from '../run.ts';
import { openLine } from '../serial/open.ts';
import { typingOptions, typingStyle } from '../serial/options.ts';
import { openRecorder } from '../serial/recording.ts';
import { loadAutomation, openSession, type Session } from '../session.ts';
import { counted } from '../values.ts';

const { 'dry-run': dryRun, yes } = changeOptions;
const { encoding, keys } = typingOptions;

const options = {
  file: { type: 'text', describe: 'The script; - reads it from stdin' },
  show: { type: 'flag', describe: 'Show what the host writes, on stderr' },
  log: { type: 'text', describe: 'Append what the host writes to this file; {machine} in it is the name' },
  ...enableOptions,
  encoding,
  keys,
  'dry-run': dryRun,
  yes,
  ...targetOptions,
} as const;

type Given = Arguments<typeof options>;

/** The command. */
export const expect = command({
  usage: '<file> <targets..>',
  describe: 'Type and wait as a script says: send, expect, press, with timeouts and exit codes',
  note: `
Steps, one a line; what follows # is a comment:
  send "root\\r"             types; \\r \\n \\t \\e \\\\ \\" \\xHH
  expect "login:"           waits; colours and cursor movements are left out
  expect /[#$] $/m timeout 5s
  press F2                  ENTER ESC TAB UP ..., CTRL-A, or one character
  press ESC every 500ms until "Boot menu" timeout 30s
  never "Kernel panic"      from here on, this is a failure
  timeout 1m                for each expect below; 30s before it is said
  pause 2s
  log "logged in to \${machine}"
  var USER = "root"         from the environment, or this; \${USER} in texts
  secret LAB_PASSWORD       from the environment, and never shown
  power reset               on, off, cycle, reset, soft-off, soft-reset
  exit 3                    ends it so; the end of the file is exit 0
A step that fails ends with 12: its line, what was awaited, what was seen last.`,
  examples: [
    ['sol expect login.amt office-pc', 'One machine'],
    ['sol expect update.amt @lab --parallel 4 --json', 'A room, as JSON'],
    ['sol expect login.amt office-pc --show --log login.log', 'To see what goes on'],
  ],
  options,
  run: async (app, given) => {
    const { file = '' } = given;
    const script = await scriptOf(await sourceOf(app, given, file), file === '-' ? 'stdin' : file, app.env);
    await using session = await openSession(app, given.targets, given, { changes: given });
    const { machines } = session;
    if (given.log !== undefined && machines.length > 1 && !given.log.includes('{machine}')) {
      throw new UsageError('Several machines cannot share one --log.', 'Write {machine} where the name goes.');
    }
    const does = await powerOf(script);
    const title = does === undefined ? `Run ${file}` : `Run ${file}, which does ${does.actions.join(', ')},`;
    const plan = { title, effect: does?.effect ?? 'harmless', machines, yes: given.yes, dryRun: given['dry-run'] };
    if (!(await confirmed(app, plan))) return;
    if (given['dry-run']) return tellSteps(app, machines, script);
    await overMachines(
      app,
      machines,
      given,
      (machine) => runOn(app, session, machine, script, given),
      ({ machine, data }) =>
        app.out.say(`${machine}: done, ${counted(data.steps, 'step')} in ${(data.ms / 1000).toFixed(1)} s.`),
    );
    app.out.progress('');
  },
});

/** @throws UsageError with file and line */
async function scriptOf(source: string, name: string, env: App['env']): Promise<SerialScript> {
  const { parseSerialScript } = await loadAutomation();
  try {
    return parseSerialScript(source, name, env);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message, 'amt sol expect --help shows the steps.');
  }
}

async function sourceOf(app: App, given: Given, file: string): Promise<string> {
  if (file === '-') {
    if (given['password-stdin']) throw new UsageError('Only one of - and --password-stdin can have stdin.');
    return await app.prompt.restOfStdin();
  }
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}.`);
  });
}

/** The power actions of a script, and the worst of their effects. */
async function powerOf({ steps }: SerialScript) {
  const actions = [...new Set(steps.flatMap((step) => (step.does === 'power' ? [step.action] : [])))];
  if (actions.length === 0) return undefined;
  const { capabilities } = await loadAutomation();
  const effects = capabilities
    .filter((entry) => actions.includes(entry.id.replace('power.', '')) && entry.id.startsWith('power.'))
    .map((entry) => (entry.kind === 'reading' ? 'harmless' : entry.effect));
  const effect = (['destructive', 'disruptive'] as const).find((each) => effects.includes(each)) ?? 'harmless';
  return { actions: actions.map((action) => `power ${action}`), effect } as const;
}

function tellSteps(app: App, machines: readonly string[], { steps }: SerialScript): void {
  for (const machine of machines) {
    app.out.line(`Would do on ${machine}:`);
    for (const { source } of steps) app.out.line(`  ${source}`);
    app.out.result({ machine, ok: true, data: { dryRun: true, steps: steps.map(({ source }) => source) } });
  }
}

async function runOn(
  app: App,
  session: Session,
  machine: string,
  script: SerialScript,
  given: Given,
): Promise<SerialScriptResult & { readonly ms: number }> {
  const startedAt = performance.now();
  const several = session.machines.length > 1;
  const named = (text: string): string => (several ? `${machine}: ${text}` : text);
  const recorder = given.log === undefined ? undefined : openRecorder(logOf(given.log, machine));
  const { runSerialScript } = await loadAutomation();
  const style = typingStyle({ enter: undefined, backspace: undefined, ...given }, false);
  try {
    const line = await openLine(app, session, machine, { enable: given.enable });
    const { status, steps } = await runSerialScript({
      script,
      machine,
      line,
      style,
      signal: app.signal,
      power: async (action) => {
        await session.fleet.run(machine, `power.${action}`, undefined, { by: 'cli', signal: app.signal });
      },
      onStep: (step, number) => {
        app.out.event({ type: 'step', machine, at: new Date(), line: step.line, step: step.source });
        if (!several) app.out.progress(`${number} of ${script.steps.length}: ${short(step)}`);
      },
      onLog: (text, { line: number }) => {
        app.out.progress('');
        app.out.event({ type: 'log', machine, at: new Date(), line: number, text });
        app.out.line(named(text));
      },
      ...(recorder === undefined ? {} : { onBytes: (bytes: Uint8Array) => recorder.write(bytes) }),
      ...(given.show ? { onLine: (text: string) => app.out.warn(named(text)) } : {}),
    });
    const last = script.steps[steps - 1];
    if (status !== 0) throw exited(app, session, machine, status, last?.line ?? 0);
    return { status, steps, ms: Math.round(performance.now() - startedAt) };
  } finally {
    recorder?.close();
  }
}

/** The script said how it ends; one machine lends that to the program. */
function exited(app: App, { machines }: Session, machine: string, status: number, line: number): Error {
  if (machines.length === 1) app.exit(status);
  return Object.assign(new Error(`${machine}: line ${line}: exit ${status}.`), { code: 'STEP_FAILED', line });
}

function short({ source }: SerialStep): string {
  return source.length > 60 ? `${source.slice(0, 57)}...` : source;
}

function logOf(pattern: string, machine: string): string {
  return pattern.replaceAll('{machine}', machine.replace(/[/\\]/g, '_'));
}
