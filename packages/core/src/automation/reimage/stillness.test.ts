import { describe, expect, it } from 'vitest';
import { PretendScreen } from '../testing/pretend-screen.ts';
import { Stillness } from './stillness.ts';

/** A screen of 640 × 400, which is looked at. */
function screen() {
  const shown = new PretendScreen({}, [640, 400]);
  const stillness = new Stillness();
  return { shown, look: (second: number) => stillness.look(shown.framebuffer, second * 1000) / 1000 };
}

describe('A screen', () => {
  it('is still from the moment its picture is whole', () => {
    const { shown, look } = screen();
    expect([look(0), look(60)]).toEqual([0, 0]);
    shown.paint(7);
    expect([look(100), look(130), look(190)]).toEqual([0, 30, 90]);
  });

  it('is still while a cursor blinks, and while tiles come again that did not change', () => {
    const { shown, look } = screen();
    shown.paint(7);
    look(0);
    shown.paint(200, { x: 8, y: 16, width: 8, height: 16 });
    expect(look(10)).toBe(10);
    shown.paint(7, { x: 8, y: 16, width: 8, height: 16 });
    shown.paint(7, { x: 64, y: 64, width: 64, height: 64 });
    expect(look(20)).toBe(20);
  });

  it('is not still when a bar has grown for a while, however slowly', () => {
    const { shown, look } = screen();
    shown.paint(7);
    look(0);
    const still = Array.from({ length: 40 }, (_, i) => {
      shown.paint(200, { x: 10 + i, y: 200, width: 1, height: 16 });
      return look(i + 1);
    });
    // Each 16 columns and some.
    expect(still.filter((seconds) => seconds === 0)).toHaveLength(2);
  });

  it('is not still when it has another size, and when it was lost meanwhile', () => {
    const { shown, look } = screen();
    shown.paint(7);
    expect([look(0), look(10)]).toEqual([0, 10]);
    shown.resize(400, 640);
    expect(look(20)).toBe(0);
    shown.paint(7);
    expect([look(30), look(40)]).toEqual([0, 10]);
    shown.framebuffer.resize(400, 640);
    expect(look(50)).toBe(0);
    shown.paint(7);
    expect([look(60), look(70)]).toEqual([0, 10]);
  });
});
