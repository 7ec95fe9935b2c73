/** Properties of messages and fields of dialogs, checked: what cannot be used is refused with a sentence. */
import { InvalidFlow } from './problems.ts';

/** The longest time anything may be given: a week. */
const MOST_SECONDS = 604_800;

/** A time: of the message, else of the dialog, else the usual one. Seconds. @throws InvalidFlow */
export function secondsOf(given: unknown, configured: unknown, usual: number): number {
  const [name, value] = isGiven(given) ? ['msg.timeout', given] : ['The timeout', configured];
  if (!isGiven(value)) return usual;
  const seconds = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds;
  throw new InvalidFlow(`${name} takes seconds, more than 0 and at most ${MOST_SECONDS}, not ${shown(value)}.`);
}

/** One of a few words: of the message. @throws InvalidFlow */
export function wordOf<const Words extends readonly string[]>(
  given: unknown,
  words: Words,
  name: string,
): Words[number] {
  if (typeof given === 'string' && words.includes(given)) return given;
  throw new InvalidFlow(`${name} takes one of ${words.join(', ')}, not ${shown(given)}.`);
}

/** Whether there is a value at all. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** A value in a sentence. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
