/** Numbers as a person types them behind an option. */
import { UsageError } from './exit.ts';

/** Milliseconds in `2s`, `500ms`, `1.5m`, `1h`; a bare number is seconds. @param min the least @throws UsageError */
export function parseDuration(text: string, option: string, min = 0): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (!Number.isFinite(ms)) throw new UsageError(`--${option} takes a time such as 2s, 500ms or 5m, not "${text}".`);
  const whole = Math.round(ms);
  if (whole < min) throw new UsageError(`--${option} takes a time from ${min}ms, not "${text}".`);
  return whole;
}

/** A whole number not below `min`. @throws UsageError */
export function parseCount(text: string, option: string, min = 1): number {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < min) {
    throw new UsageError(`--${option} takes a whole number from ${min}, not "${text}".`);
  }
  return number;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
