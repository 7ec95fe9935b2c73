/** Values of capabilities as text and JSON: one reading of what people, topics and flows send. */
import type { Action, Inputs, Value, ValueType } from './capability.ts';
import { parseMoment } from './moment.ts';

/**
 * A value from text or JSON, checked against its type. Flags take `true false on off yes no 1 0` in any case; times are
 * as `moment.ts` reads them.
 * @throws TypeError with a sentence that names what was expected.
 */
export function parseValue(type: ValueType, given: unknown, what: string): Exclude<Value, undefined> {
  switch (type.type) {
    case 'flag': {
      if (typeof given === 'boolean') return given;
      const known = FLAGS[String(given).trim().toLowerCase()];
      if (known === undefined) throw expected(what, 'on or off', given);
      return known;
    }
    case 'integer': {
      const number =
        typeof given === 'number' ? given : /^[+-]?\d+$/.test(String(given).trim()) ? Number(given) : Number.NaN;
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = type;
      if (!Number.isSafeInteger(number) || number < min || number > max) {
        throw expected(what, `a whole number${rangeOf(type)}`, given);
      }
      return number;
    }
    case 'number': {
      const number = typeof given === 'number' ? given : Number.parseFloat(String(given));
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = type;
      if (!Number.isFinite(number) || number < min || number > max) {
        throw expected(what, `a number${rangeOf(type)}`, given);
      }
      return number;
    }
    case 'text':
    case 'secret': {
      const shown = type.type === 'secret' ? undefined : given;
      if (typeof given !== 'string') throw expected(what, 'text', shown);
      if (type.maxLength !== undefined && given.length > type.maxLength) {
        throw expected(what, `at most ${type.maxLength} characters`, shown);
      }
      if (type.pattern !== undefined && !new RegExp(`^(?:${type.pattern})$`).test(given)) {
        throw expected(what, type.like ?? `text like ${type.pattern}`, shown);
      }
      return given;
    }
    case 'one-of': {
      const word = String(given).trim();
      if (!type.options.includes(word)) throw expected(what, `one of ${type.options.join(', ')}`, given);
      return word;
    }
    case 'timestamp': {
      if (type.none === true && String(given).trim().toLowerCase() === 'none') return 'none';
      const moment = given instanceof Date ? given : parseMoment(String(given));
      if (moment === undefined || Number.isNaN(moment.getTime())) {
        const forms = `a time such as 2030-01-02T03:04:00Z or 07:00${type.none === true ? ', or none' : ''}`;
        throw expected(what, forms, given);
      }
      return moment;
    }
    case 'list':
      if (!Array.isArray(given)) throw expected(what, 'a list', given);
      return given;
    case 'record': {
      if (typeof given !== 'object' || given === null) throw expected(what, 'an object', given);
      const fields = Object.entries(type.fields).map(([name, field]) => [
        name,
        parseValue(field, (given as Readonly<Record<string, unknown>>)[name], `${what}: ${name}`),
      ]);
      return Object.fromEntries(fields);
    }
  }
}

/** An action's input, checked name by name. @throws TypeError */
export function parseInput(action: Pick<Action, 'id' | 'input'>, given: unknown): Record<string, unknown> {
  if (given === undefined || given === null || given === '') given = {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`${action.id} takes an object of named inputs.`);
  const input: Inputs = action.input;
  const parsed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given as object)) {
    const type = Object.hasOwn(input, name) ? input[name] : undefined;
    if (type === undefined) {
      const names = Object.keys(input);
      throw new TypeError(
        `${action.id} has no input ${JSON.stringify(name)}; ${names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`}.`,
      );
    }
    if (value !== undefined) parsed[name] = parseValue(type, value, `${action.id}: ${name}`);
  }
  for (const [name, type] of Object.entries(input)) {
    if (!type.optional && parsed[name] === undefined) throw new TypeError(`${action.id} needs ${name}.`);
  }
  return parsed;
}

/** A value as one line of text: `on`/`off` for flags, ISO 8601 for times, JSON for lists. */
export function formatValue(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  '1': true,
  false: false,
  off: false,
  no: false,
  '0': false,
};

/** Such as ` from 1 to 60`; nothing where there are no limits. */
function rangeOf({ min, max }: { readonly min?: number; readonly max?: number }): string {
  return min === undefined && max === undefined ? '' : ` from ${min ?? '…'} to ${max ?? '…'}`;
}

function expected(what: string, wanted: string, given: unknown): TypeError {
  const shown = given === undefined ? 'something else' : JSON.stringify(given)?.slice(0, 60);
  return new TypeError(`${what} takes ${wanted}, not ${shown}.`);
}
