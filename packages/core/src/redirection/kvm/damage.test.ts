import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../transport/faulty.ts';
import { type Area, Damage } from './damage.ts';

test('nothing changed at first', () => {
  const damage = new Damage(200, 200);
  expect(damage.none).toBe(true);
  expect(damage.take()).toEqual([]);
});

test('gives cells, cut at the edge of the screen, and forgets them', () => {
  const damage = new Damage(200, 100);
  damage.add(190, 99, 10, 1);
  expect(damage.none).toBe(false);
  expect(damage.take()).toEqual([{ x: 128, y: 64, width: 72, height: 36 }]);
  expect(damage.none).toBe(true);
  expect(damage.take()).toEqual([]);
});

test('joins neighbours in a row, and rows that have the same columns', () => {
  const damage = new Damage(640, 640);
  for (const y of [0, 64, 128]) for (const x of [64, 128]) damage.add(x, y, 64, 64);
  damage.add(320, 64, 64, 64);
  damage.add(64, 192, 64, 64);
  expect(damage.take()).toEqual([
    { x: 320, y: 64, width: 64, height: 64 },
    { x: 64, y: 0, width: 128, height: 192 },
    { x: 64, y: 192, width: 64, height: 64 },
  ]);
});

test('an area without pixels changes nothing', () => {
  const damage = new Damage(640, 640);
  damage.add(10, 10, 0, 5);
  damage.add(10, 10, 5, 0);
  expect(damage.none).toBe(true);
});

describe('a part of the screen', () => {
  const left = { x: 0, y: 0, width: 128, height: 640 };
  test('is taken without the rest', () => {
    const damage = new Damage(640, 640);
    damage.add(0, 0, 640, 64);
    expect(damage.take(left)).toEqual([{ x: 0, y: 0, width: 128, height: 64 }]);
    expect(damage.none).toBe(false);
    expect(damage.touches(left)).toBe(false);
    expect(damage.touches({ x: 500, y: 0, width: 1, height: 1 })).toBe(true);
    expect(damage.take()).toEqual([{ x: 128, y: 0, width: 512, height: 64 }]);
  });

  test('may reach over the edge, or lie outside', () => {
    const damage = new Damage(100, 100);
    damage.add(0, 0, 100, 100);
    expect(damage.take({ x: 500, y: 500, width: 10, height: 10 })).toEqual([]);
    expect(damage.touches({ x: 500, y: 500, width: 10, height: 10 })).toBe(false);
    expect(damage.take({ x: 64, y: 64, width: 5000, height: 5000 })).toEqual([{ x: 64, y: 64, width: 36, height: 36 }]);
  });
});

test('areas cover what changed, once, whatever it was', () => {
  const random = seededRandom(5);
  for (let round = 0; round < 200; round++) {
    const [width, height] = [1 + Math.floor(random() * 500), 1 + Math.floor(random() * 500)];
    const damage = new Damage(width, height);
    const changed: Area[] = Array.from({ length: Math.floor(random() * 8) }, () => {
      const [x, y] = [Math.floor(random() * width), Math.floor(random() * height)];
      return { x, y, width: 1 + Math.floor(random() * (width - x)), height: 1 + Math.floor(random() * (height - y)) };
    });
    for (const { x, y, width, height } of changed) damage.add(x, y, width, height);
    const count = new Uint8Array(width * height);
    for (const area of damage.take()) {
      expect(area.x + area.width).toBeLessThanOrEqual(width);
      expect(area.y + area.height).toBeLessThanOrEqual(height);
      for (let y = area.y; y < area.y + area.height; y++) {
        for (let x = area.x; x < area.x + area.width; x++) count[y * width + x] = (count[y * width + x] ?? 0) + 1;
      }
    }
    expect(count.every((times) => times <= 1)).toBe(true);
    for (const area of changed) expect(count[area.y * width + area.x]).toBe(1);
  }
});
