/** Pictures for the report: what `amt kvm shot` sees, held against what the PC really shows. */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { decode } from 'fast-png';
import { difference, type Picture } from '../support/same-picture.ts';
import type { TruePicture } from './pc.main.ts';

/** A picture for the report, and what was found out about it. */
export interface Shot {
  readonly png: Uint8Array;
  readonly evidence: string;
}

/** How often it is tried: cursors blink and text scrolls between the two looks. */
const TRIES = 40;
const PAUSE_MS = 250;

/**
 * Takes a picture until it shows what the PC shows. @throws Error with the difference when it never does
 * @param shot writes a PNG to this file
 * @param how `still`: and until it is the same as the one before, since the PC is done with something then
 */
export async function matchingShot(
  file: string,
  shot: () => Promise<void>,
  truth: () => Promise<TruePicture>,
  how: 'still' | 'moving' = 'moving',
): Promise<Shot> {
  let why = 'nothing is shown';
  let last: string | undefined;
  for (let tries = 0; tries < TRIES; tries++, await wait(PAUSE_MS)) {
    const before = await truth();
    if (isBlank(before)) continue;
    await shot();
    const png = await readFile(file);
    const shown = await truth();
    const found = difference(seenIn(png), shownIn(shown));
    const settled = how === 'moving' || shown.rgb === last;
    last = shown.rgb;
    if (found === undefined && settled) {
      return { png, evidence: `${shown.width} × ${shown.height} pixels, all as the PC shows them, within RGB565` };
    }
    why = found ?? 'it changes all the time';
  }
  throw new Error(`the picture is another one than the PC shows: ${why}`);
}

/** A screen in one colour: the PC is off, or changes its mode. */
function isBlank({ rgb }: TruePicture): boolean {
  const bytes = Buffer.from(rgb, 'base64');
  return bytes.every((byte, at) => byte === bytes[at % 3]);
}

function seenIn(png: Uint8Array): Picture {
  const { width, height, data, channels } = decode(png);
  return { width, height, pixels: fourChannels(data, channels) };
}

function shownIn({ width, height, rgb }: TruePicture): Picture {
  return { width, height, pixels: fourChannels(Buffer.from(rgb, 'base64'), 3) };
}

function fourChannels(data: ArrayLike<number>, channels: number): ArrayLike<number> {
  if (channels === 4) return data;
  const pixels = new Uint8Array((data.length / channels) * 4).fill(255);
  for (let from = 0, to = 0; from < data.length; from += channels, to += 4) {
    for (let i = 0; i < 3; i++) pixels[to + i] = data[from + i] as number;
  }
  return pixels;
}
