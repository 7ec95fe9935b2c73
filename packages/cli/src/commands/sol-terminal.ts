/** `amt sol`: the serial port as a terminal, or as a pipe. */
import { once } from 'node:events';
import type { SerialLine, SerialLineEvent } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { type Arguments, command } from '../command.ts';
import { enableOptions } from '../enable.ts';
import { failureOf } from '../exit.ts';
import { connectionOptions } from '../options.ts';
import { converse } from '../serial/conversation.ts';
import { createMenu, menuHint } from '../serial/menu.ts';
import { terminalModes } from '../serial/modes.ts';
import { controlsSentences, onlyMachine, openLine } from '../serial/open.ts';
import { typingOptions, typingStyle } from '../serial/options.ts';
import { openRecorder, type Recorder } from '../serial/recording.ts';
import { takeTerminal } from '../serial/terminal.ts';
import { loadAutomation, openSession, type Session } from '../session.ts';

const options = {
  target: { type: 'text', describe: 'Name or address of the machine' },
  log: { type: 'text', describe: 'Append what the host writes to this file, and when, to FILE.times' },
  reconnect: { type: 'flag', describe: 'Connect again when the session is lost' },
  ...enableOptions,
  ...typingOptions,
  ...connectionOptions,
} as const;

type Given = Arguments<typeof options>;

/** The command. */
export const terminal = command({
  usage: '<target>',
  describe: 'The serial port of a machine (Serial over LAN): a terminal, or a pipe',
  note:
    'Ctrl-] and then q ends it; Ctrl-] and then ? lists what else there is. Every other key goes to the machine, ' +
    'Ctrl-C too. In a pipe stdin is typed, the end of a line as Enter, and what the host writes is stdout; the end ' +
    'of stdin does not end it.',
  examples: [
    ['sol office-pc', 'A terminal'],
    ['sol office-pc --encoding cp437 --keys intel', 'For a BIOS setup'],
    ['sol office-pc --log boot.log --reconnect', 'Take down a whole night'],
    ['sol office-pc < /dev/null | grep -m1 login:', 'In a pipe'],
  ],
  options,
  run: async (app, given) => {
    app.out.stream();
    await using session = await openSession(app, [given.target ?? ''], given, { changes: given });
    const machine = onlyMachine(session, 'amt sol');
    const recorder = given.log === undefined ? undefined : openRecorder(given.log);
    try {
      if (app.streams.stdin.isTTY === true && app.out.mode === 'text') {
        await atTerminal(app, session, machine, given, recorder);
      } else await inPipe(app, session, machine, given, recorder);
    } finally {
      recorder?.close();
    }
  },
});

async function atTerminal(
  app: App,
  session: Session,
  machine: string,
  given: Given,
  recorder: Recorder | undefined,
): Promise<void> {
  const { streams, env } = app;
  const style = typingStyle(given, false);
  const { forTerminal, typist } = await import('../serial/typing.ts');
  const modes = terminalModes();
  const shown = streams.stdout.isTTY ? forTerminal(style) : (bytes: Uint8Array) => bytes;
  const connected = (line: SerialLine): void => {
    const power = line.controls === undefined ? '' : line.controls.powered ? ', it is on' : ', it is off';
    app.out.say(`${machine}: connected${power}. ${menuHint}`);
  };
  /** Between what the host writes, on a line of its own. */
  const notice = (...lines: readonly string[]): void =>
    void streams.stderr.write(`\r\n${lines.map((line) => `[${line}]\r\n`).join('')}`);
  app.out.say(`${machine}: connecting ...`);
  await using line = await openLine(app, session, machine, {
    enable: given.enable,
    reconnect: given.reconnect ?? false,
    onEvent: (event) => {
      for (const sentence of told(machine, event)) notice(sentence);
    },
  });
  connected(line);
  const leaving = new AbortController();
  const menu = createMenu({
    app,
    fleet: session.fleet,
    machine,
    style,
    notice,
    sendBreak: () => line.sendBreak(),
    end: () => leaving.abort(),
  });
  const taken = takeTerminal(streams, { title: `amt sol ${machine}`, undo: () => `${modes.undo()}\r\n`, env });
  try {
    await converse({
      line,
      stdin: streams.stdin,
      typed: typist(style),
      menu,
      leave: leaving.signal,
      signal: app.signal,
      show: async (bytes) => {
        recorder?.write(bytes);
        const text = shown(bytes);
        modes.see(text);
        await written(app, text);
      },
    });
  } finally {
    taken[Symbol.dispose]();
  }
  app.out.say(`${machine}: the serial session is closed.`);
}

async function inPipe(
  app: App,
  session: Session,
  machine: string,
  given: Given,
  recorder: Recorder | undefined,
): Promise<void> {
  const { stdin } = app.streams;
  const style = typingStyle(given, true);
  const { typist } = await import('../serial/typing.ts');
  const { serialDecoder } = await loadAutomation();
  const decode = serialDecoder(style.encoding);
  await using line = await openLine(app, session, machine, {
    enable: given.enable,
    reconnect: given.reconnect ?? false,
    onEvent: (event) => {
      app.out.event({ ...plain(event), machine, at: new Date() });
      if (app.out.mode === 'text') for (const sentence of told(machine, event)) app.out.say(sentence);
    },
  });
  app.out.event({ type: 'connected', machine, at: new Date() });
  const typed = typist(style);
  if (given['password-stdin'] === true) await typeRest(app, line, typed);
  await converse({
    line,
    stdin,
    typed,
    signal: app.signal,
    show: async (bytes) => {
      recorder?.write(bytes);
      if (app.out.mode === 'text') await written(app, bytes);
      else app.out.event({ type: 'data', machine, at: new Date(), text: decode(bytes) });
    },
  });
}

/** The first line of stdin was the password; the others are typed. */
async function typeRest(app: App, line: SerialLine, typed: (text: Uint8Array) => Uint8Array): Promise<void> {
  const rest = await app.prompt.restOfStdin();
  if (rest !== '') await line.write(typed(Buffer.from(rest)));
}

/** Until there is room for more. */
async function written({ streams: { stdout }, signal }: App, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || stdout.write(bytes) || signal.aborted) return;
  await once(stdout, 'drain', { signal }).catch(() => {});
}

/** What happened, for people. */
function told(machine: string, event: SerialLineEvent): string[] {
  if (event.type === 'controls') {
    return controlsSentences(event.controls, event.before).map((sentence) => `${machine}: ${sentence}`);
  }
  if (event.type === 'reconnected') return [`${machine}: connected again`];
  return [`${machine}: ${event.error.message.replace(/\.$/, '')}`, `${machine}: connecting again ...`];
}

/** What happened, for programs. */
function plain(event: SerialLineEvent): { readonly type: string; readonly [key: string]: unknown } {
  if (event.type === 'controls') return { type: event.type, controls: event.controls };
  if (event.type === 'interrupted') return { type: event.type, error: failureOf(event.error) };
  return event;
}
