/** Values as MQTT carries them, and JSON that strangers send. */
import type { Value } from '@amtkit/core/automation';

/** Longest payload that is looked at, bytes. */
export const MAX_PAYLOAD = 64 * 1024;

/** Deepest nesting of JSON that is looked at. */
const MAX_DEPTH = 8;

/** Why a payload was not understood, with the stable word for it. */
export class BadPayload extends Error {
  readonly code: 'TOO_LARGE' | 'BAD_TEXT' | 'BAD_JSON';

  constructor(code: BadPayload['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A value as the payload of its topic: `ON`/`OFF` for flags, ISO 8601 for times, JSON for lists. Empty where the machine
 * has no such value, which removes the retained one.
 */
export function payloadOf(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'ON' : 'OFF';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A payload as text. @throws BadPayload when it is too large or no UTF-8 */
export function textOf(payload: Uint8Array): string {
  if (payload.length > MAX_PAYLOAD) {
    throw new BadPayload('TOO_LARGE', `The payload has ${payload.length} bytes; at most ${MAX_PAYLOAD} are read.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    throw new BadPayload('BAD_TEXT', 'The payload is not UTF-8 text.');
  }
}

/** A payload that should be a JSON object; an empty one is an empty object. @throws BadPayload */
export function objectOf(payload: Uint8Array): Record<string, unknown> {
  const text = textOf(payload);
  if (text.trim() === '') return {};
  const data = parseJson(text);
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  throw new BadPayload('BAD_JSON', 'The payload is JSON, but not an object such as {"now": true}.');
}

/** JSON of limited depth. @throws BadPayload */
export function parseJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) {
    throw new BadPayload('BAD_JSON', `The payload is nested deeper than ${MAX_DEPTH} levels.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new BadPayload('BAD_JSON', 'The payload is not JSON; send nothing, or an object such as {"now": true}.');
  }
}

/** How deep brackets are nested outside of strings, before anything is built. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}
