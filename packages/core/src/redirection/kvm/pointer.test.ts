import { expect, test } from 'vitest';
import { buttonsOfBrowser, PointerButton, wheelMasks } from './pointer.ts';

test.each([
  [0, 0],
  [1, PointerButton.left],
  [2, PointerButton.right],
  [4, PointerButton.middle],
  [7, 7],
  [3, PointerButton.left | PointerButton.right],
  [24, 0],
])('the buttons %i of a browser are %i', (buttons, mask) => {
  expect(buttonsOfBrowser(buttons)).toBe(mask);
});

test('a notch of the wheel is a press and a release, with what is held', () => {
  expect(wheelMasks(0, 1)).toEqual([16, 0]);
  expect(wheelMasks(1, -2)).toEqual([9, 1, 9, 1]);
  expect(wheelMasks(0, 0.4)).toEqual([]);
});
