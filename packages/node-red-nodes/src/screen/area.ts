/** A part of a screen, as it is entered: `x,y,width,height`. */
import type { DifferenceOptions } from '@amtkit/core';
import { shown } from '../message.ts';
import { InvalidFlow } from '../problems.ts';

/** The part that is compared; all of it where nothing was entered. @throws InvalidFlow */
export function areaOf(text: string | undefined): Pick<DifferenceOptions, 'area'> {
  if (text === undefined || text.trim() === '') return {};
  const numbers = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  const [x = 0, y = 0, width = 0, height = 0] = numbers;
  if (numbers.length !== 4 || numbers.some(Number.isNaN) || width === 0 || height === 0) {
    throw new InvalidFlow(`The part of the screen takes x,y,width,height in pixels, not ${shown(text)}.`);
  }
  return { area: { x, y, width, height } };
}
