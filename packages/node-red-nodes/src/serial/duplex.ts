/**
 * The serial port as a line: what the machine writes comes out, what messages bring is typed. The session is brought back
 * when it is lost; what comes meanwhile is refused, not kept.
 */
import { AmtError } from '@amtkit/core';
import {
  encodeSerialText,
  openSerialLine,
  type SerialEncoding,
  type SerialLine,
  type SerialLineEvent,
  serialDecoder,
  serialPlainText,
  switchingOn,
} from '@amtkit/core/automation';
import { machineNode } from '../machine/machine-node.ts';
import { shown } from '../message.ts';
import { InvalidFlow, problemOf } from '../problems.ts';
import type { Message, NodeConfig, Red, RedNode } from '../red.ts';
import { BY } from '../run.ts';
import { statusLine } from '../status.ts';
import { pieces } from './pieces.ts';

/** What the editor saves of it. */
export interface DuplexConfig extends NodeConfig {
  readonly machine?: string;
  /** When it is opened: with the flow, or with the first message. @default 'start' */
  readonly open?: 'start' | 'message';
  /** What comes out: bytes, text as it comes, or whole lines without colours. @default 'lines' */
  readonly output?: 'bytes' | 'text' | 'lines';
  readonly encoding?: SerialEncoding;
  readonly enable?: boolean;
}

/** Before a line that could not be opened is tried again. */
const AGAIN_MS = 15_000;

/** Makes the node a line. */
export function duplex(red: Red, node: RedNode, config: DuplexConfig): void {
  const status = statusLine(node);
  const closed = new AbortController();
  const { encoding = 'utf8', output = 'lines' } = config;
  let line: SerialLine | undefined;
  let opening: Promise<SerialLine> | undefined;
  let reading: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function open(): Promise<SerialLine> {
    const { fleet, machine } = await machineNode(red, config.machine).reach({});
    status.show('yellow', 'ring', 'connecting');
    const { signal } = closed;
    const reach = (given?: AbortSignal) => fleet.machine(machine, { signal: given ?? signal });
    const enabling = { service: 'sol', by: BY, signal, enable: config.enable === true } as const;
    const onEvent = (event: SerialLineEvent): void => tell(machine, event);
    const opened = await switchingOn(fleet, machine, enabling, () => openSerialLine(reach, { signal, onEvent }));
    status.show('green', 'dot', 'connected');
    line = opened;
    reading = read(opened, machine);
    return opened;
  }

  /** The open line; one attempt at a time. */
  function opened(): Promise<SerialLine> {
    if (line !== undefined) return Promise.resolve(line);
    opening ??= open().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function read(from: SerialLine, machine: string): Promise<void> {
    const about = { topic: `${machine}/serial`, machine };
    const decode = serialDecoder(encoding);
    const lines = pieces((payload) => node.send([{ ...about, payload }, null]));
    const plain = serialPlainText();
    try {
      for await (const bytes of from) {
        if (output === 'bytes') node.send([{ ...about, payload: Buffer.from(bytes) }, null]);
        else if (output === 'text') node.send([{ ...about, payload: decode(bytes) }, null]);
        else lines.feed(plain(decode(bytes)));
      }
    } catch (error) {
      if (closed.signal.aborted) return;
      status.fail(error);
      node.send([null, { ...about, payload: 'lost', message: (error as Error).message }]);
      node.error(problemOf(error), about);
      later();
    } finally {
      lines.end();
      if (line === from) line = undefined;
    }
  }

  function tell(machine: string, event: SerialLineEvent): void {
    const about = { topic: `${machine}/serial`, machine, payload: event.type };
    if (event.type === 'controls') return void node.send([null, { ...about, controls: event.controls }]);
    if (event.type === 'interrupted') status.show('yellow', 'ring', 'reconnecting');
    if (event.type === 'reconnected') status.show('green', 'dot', 'connected');
    node.send([null, { ...about, ...('error' in event ? { message: event.error.message } : {}) }]);
  }

  /** A line that stays open with the flow is tried again, unless that would lock the account. */
  function later(): void {
    if (config.open === 'message' || closed.signal.aborted) return;
    timer = setTimeout(() => void start(), AGAIN_MS);
    timer.unref();
  }

  async function start(): Promise<void> {
    try {
      await opened();
    } catch (error) {
      if (closed.signal.aborted) return;
      const problem = problemOf(error);
      status.fail(problem);
      node.error(problem, {});
      if (problem instanceof AmtError && !FINAL.has(problem.code)) later();
    }
  }

  node.on('input', (msg, _send, done) => {
    const work = async (): Promise<void> => {
      if (msg.cancel === true) return await line?.close();
      const bytes = bytesOf(msg, encoding);
      const to = config.open === 'message' ? await opened() : await openNow(line, opening);
      if (bytes === undefined) await to.sendBreak();
      else await to.write(bytes);
    };
    work().then(
      () => done(),
      (error: unknown) => {
        const problem = problemOf(error);
        if (line === undefined) status.fail(problem);
        done(problem);
      },
    );
  });
  node.on('close', (_removed, done) => {
    closed.abort();
    clearTimeout(timer);
    status.end();
    const end = async (): Promise<void> => {
      await opening?.catch(() => {});
      await line?.close();
      await reading;
    };
    void end().then(done, done);
  });
  if (config.open !== 'message') setImmediate(() => void start());
}

const FINAL: ReadonlySet<string> = new Set(['AUTHENTICATION_FAILED', 'UNTRUSTED', 'NOT_SUPPORTED', 'INVALID']);

/** The line that is kept open, or is just being opened. @throws InvalidFlow */
async function openNow(line: SerialLine | undefined, opening: Promise<SerialLine> | undefined): Promise<SerialLine> {
  if (line !== undefined) return line;
  if (opening !== undefined) return await opening;
  throw new InvalidFlow('The serial port is not open at this moment; nothing was typed.');
}

/** What a message types; undefined for a break. @throws InvalidFlow */
function bytesOf({ payload, break: broken }: Message, encoding: SerialEncoding): Uint8Array | undefined {
  if (broken === true) return undefined;
  if (payload instanceof Uint8Array) return payload;
  if (typeof payload === 'string') return encodeSerialText(payload, encoding);
  if (typeof payload === 'number') return encodeSerialText(String(payload), encoding);
  throw new InvalidFlow(`What is typed is text or a Buffer, not ${shown(payload)}.`);
}
