import type { Display } from '@amtkit/core';
import { expect, test } from 'vitest';
import { choicesOf } from './displays.ts';

const display = (number: number, captured: boolean): Display => ({
  ...{ number, captured, width: 1920, height: 1080, x: 0, y: 0, primary: number === 1 },
});

test('several displays are a choice, one is none', () => {
  expect(choicesOf([display(1, true)])).toEqual([]);
  expect(choicesOf([display(1, false), display(3, true)])).toEqual([
    { number: 1, title: 'Display 1, 1920 × 1080', shown: false },
    { number: 3, title: 'Display 3, 1920 × 1080', shown: true },
  ]);
});
