/** Options of a reimage, checked and filled in. */
import { type ReimageOptions, type ReimagePatience, reimagePatience } from './options.ts';
import { parsePress, type ReimagePress, serialKey } from './press.ts';
import { defaultUntil, isStill, type ReimageUntil } from './until.ts';

/** Options with everything filled in. */
export interface ReimagePlan
  extends Omit<ReimageOptions, 'until' | 'press' | 'patience' | 'timeoutMs' | 'start' | 'signal'> {
  /** What the image is called, without the way to it. */
  readonly name: string;
  readonly until: readonly ReimageUntil[];
  readonly press: ReimagePress | undefined;
  readonly timeoutMs: number;
  readonly start: NonNullable<ReimageOptions['start']>;
  readonly patience: ReimagePatience;
}

/** Fills in what was left out. @throws TypeError for options that make no sense */
export function planOf(options: ReimageOptions): ReimagePlan {
  const { until = defaultUntil, press, patience, timeoutMs = 7_200_000, start = 'onreboot' } = options;
  const wanted = Array.isArray(until) ? (until as readonly ReimageUntil[]) : [until as ReimageUntil];
  if (wanted.length === 0) throw new TypeError('A reimage needs something that counts as success.');
  if (!(timeoutMs > 0)) throw new TypeError(`A reimage cannot end within ${timeoutMs} ms.`);
  for (const each of wanted) {
    if (typeof each === 'object' && 'serial' in each && each.serial === '')
      throw new TypeError('Empty text on the serial port is always there.');
    if (typeof each === 'object' && 'bytes' in each && !(each.bytes > 0))
      throw new TypeError(`${each.bytes} bytes are read before anything begins.`);
    if (isStill(each) && !(each.still > 0))
      throw new TypeError(`A screen cannot be the same for ${each.still} minutes.`);
  }
  const key = typeof press === 'string' ? parsePress(press) : press;
  if (key !== undefined && options.pressKey === undefined) serialKey(key.key);
  const name = lastPart(options.media.name);
  return {
    ...options,
    name,
    until: wanted,
    press: key,
    timeoutMs,
    start,
    patience: { ...reimagePatience, ...patience },
  };
}

/** The last part of a path or a URL; other names as they are. */
function lastPart(name: string): string {
  if (/\s/.test(name)) return name;
  return /[^/\\]+(?=[/\\]*$)/.exec(name)?.[0] ?? name;
}
