/** Values of capabilities as people read them. */
import type { Capability, Value, ValueRecord, ValueType } from '@amtkit/core/automation';
import { tableLines } from './table.ts';

/** A list item: text, or a flat record. */
export type Item = string | object;

/** What can be read, and how it is shown. */
export type Readable = Pick<Extract<Capability, { value: ValueType }>, 'kind' | 'value'>;

/**
 * A value on one line: `on` and `off` for what can be switched, `yes` and `no` for what is so or not, units behind
 * numbers, times as ISO 8601 without fractions.
 */
export function valueText({ kind, value: type }: Readable, value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Date) return timeText(value);
  if (typeof value === 'boolean') return kind === 'setting' ? (value ? 'on' : 'off') : value ? 'yes' : 'no';
  if (typeof value === 'number') return 'unit' in type && type.unit ? `${value} ${type.unit}` : String(value);
  if (typeof value === 'string') return value;
  if (!isList(value)) return recordText(type, value);
  if (value.length === 0) return 'none';
  return value.every((item) => typeof item === 'string') ? value.join(', ') : counted(value.length, 'entry', 'entries');
}

/** Values that belong together, such as `percent 12 %, sectors 1000`. */
function recordText(type: ValueType, values: ValueRecord): string {
  const fields = type.type === 'record' ? type.fields : {};
  const there = Object.entries(values).filter(([, value]) => value !== '');
  const texts = there.map(
    ([name, value]) =>
      `${wordsOf(name)} ${valueText({ kind: 'reading', value: fields[name] ?? { type: 'text' } }, value)}`,
  );
  return texts.join(', ');
}

function isList(value: readonly Item[] | ValueRecord): value is readonly Item[] {
  return Array.isArray(value);
}

/** Lines of a list: one for each text, or a table of the records. */
export function listLines(items: readonly Item[], columns: readonly string[] | undefined, width?: number): string[] {
  if (items.every((item) => typeof item === 'string')) return items.map(String);
  const records = items as readonly Readonly<Record<string, unknown>>[];
  const keys = columns ?? [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) => keys.map((key) => cellText(key, record[key])));
  return tableLines(keys.map(wordsOf), rows, { width });
}

/** `1 machine`, `2,000 machines`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** A time to the second, UTC. */
export function timeText(time: Date): string {
  return Number.isNaN(time.getTime()) ? '' : time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Bytes in the unit in which they are sold. */
function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${units[unit]}`;
}

function cellText(key: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return timeText(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map((item) => cellText('', item)).join(', ');
  if (key === 'bytes' && typeof value === 'number') return bytesText(value);
  return String(value);
}

/** `maxMhz` as `max mhz`. */
function wordsOf(key: string): string {
  return key.replace(/([a-z])([A-Z])/g, '$1 $2');
}
