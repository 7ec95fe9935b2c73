/** What the page asks for, as JSON: power, keys, text. */
import type { IncomingMessage } from 'node:http';
import { AmtError, type KeyboardLayoutName, keyboardLayouts, pressKeys, typeText } from '@amtkit/core';
import type { Fleet, ScreenLine } from '@amtkit/core/automation';
import { paths, type Reply, type SessionReply } from '../messages.ts';
import type { Door } from './door.ts';
import { inputOf } from './power.ts';
import type { Status } from './state.ts';

/** What requests reach. */
export interface Reach {
  readonly door: Door;
  readonly fleet: Fleet;
  readonly machine: string;
  readonly screen: ScreenLine;
  readonly status: Status;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly body: Reply | SessionReply;
}

/** A request's body, at most: a text that is typed in an hour. */
const MAX_BODY = 64 * 1024;

/** Answers a request. @param known it has the key of a session @param signal whoever asked has hung up */
export async function answer(
  request: IncomingMessage,
  reach: Reach,
  known: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const path = request.url ?? '';
    const body = await bodyOf(request);
    if (path === paths.session) return enter(reach, text(body, 'token'));
    if (!known) return refusal(401, 'This page has no session.');
    switch (path) {
      case paths.run:
        return await run(reach, text(body, 'id'), signal);
      case paths.keys:
        await pressKeys(reach.screen, text(body, 'keys'), { signal });
        return { status: 200, body: { message: 'Pressed.' } };
      case paths.type:
        await typeText(reach.screen, text(body, 'text'), layoutOf(body), { signal });
        return { status: 200, body: { message: 'Typed.' } };
      case paths.display:
        return await show(reach, number(body, 'display'), signal);
      default:
        return refusal(404, 'There is nothing.');
    }
  } catch (error) {
    if (error instanceof AmtError) return refusal(502, [error.message, error.hint].filter(Boolean).join(' '));
    if (error instanceof TypeError) return refusal(400, error.message);
    return refusal(500, `Something unexpected: ${error instanceof Error ? error.message : error}.`);
  }
}

function enter({ door }: Reach, token: string): Answer {
  const key = door.enter(token);
  if (key === undefined) return refusal(403, 'This address has been used, or is not the one that was printed.');
  return { status: 200, body: { key } };
}

async function run({ fleet, machine, status }: Reach, id: string, signal: AbortSignal): Promise<Answer> {
  const action = status.actions.find((each) => each.id === id);
  if (action === undefined) throw new TypeError('There is no such action in the menu.');
  const { message } = await fleet.run(machine, id, inputOf(action), { by: 'web', signal });
  return { status: 200, body: { message } };
}

async function show({ fleet, machine, screen, status }: Reach, display: number, signal: AbortSignal): Promise<Answer> {
  await (await fleet.machine(machine, { signal })).displays.choose(display);
  screen.display = display;
  await status.readDisplays();
  return { status: 200, body: { message: `Display ${display} is shown.` } };
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message } };
}

/** @throws TypeError for what is no small object of JSON */
async function bodyOf(request: IncomingMessage): Promise<object> {
  if (request.headers['content-type'] !== 'application/json') throw new TypeError('A request is JSON.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new TypeError(`A request has at most ${MAX_BODY} bytes.`);
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new TypeError('A request is JSON.');
  }
  if (typeof body !== 'object' || body === null) throw new TypeError('A request is a JSON object.');
  return body;
}

function text(body: object, name: string): string {
  const value: unknown = Object.hasOwn(body, name) ? body[name as keyof object] : undefined;
  if (typeof value !== 'string') throw new TypeError(`A request says "${name}" as text.`);
  return value;
}

function number(body: object, name: string): number {
  const value: unknown = Object.hasOwn(body, name) ? body[name as keyof object] : undefined;
  if (typeof value !== 'number') throw new TypeError(`A request says "${name}" as a number.`);
  return value;
}

function layoutOf(body: object): KeyboardLayoutName {
  const name = text(body, 'layout');
  if (!Object.hasOwn(keyboardLayouts, name)) throw new TypeError(`There is no keyboard layout ${name}.`);
  return name as KeyboardLayoutName;
}
