import { beforeEach, describe, expect, test } from 'vitest';
import type { Alert, AlertSource } from '../../events/alert.ts';
import { createTold, type Told } from './told.ts';

let now: number;
let told: Told;

beforeEach(() => {
  now = Date.parse('2026-01-01T00:00:00Z');
  told = createTold(() => now);
});

const alert = (source: AlertSource, seconds?: number, event: Alert['event'] = 'sol-opened'): Alert => ({
  source,
  at: seconds === undefined ? undefined : new Date(now + seconds * 1000),
  event,
  severity: 'info',
  entity: 'ME',
  text: '',
  raw: { messageId: '', arguments: [], severity: 0, alertType: 0, identifier: '' },
});

describe('an alert is told', () => {
  test('once, however often it is sent', () => {
    expect(told.isNew(alert('wsman', 0), '1')).toBe(true);
    expect(told.isNew(alert('wsman', 0), '1')).toBe(false);
    expect(told.isNew(alert('wsman', 0), '2')).toBe(true);
  });

  test('once, however many ways it comes, and in whichever order', () => {
    expect(told.isNew(alert('pet', 0), '1')).toBe(true);
    expect(told.isNew(alert('wsman', 1), '1')).toBe(false);
    now += 300_000;
    expect(told.isNew(alert('log', -300))).toBe(false);
    expect(told.isNew(alert('log', -1, 'case-opened'))).toBe(true);
    expect(told.isNew(alert('wsman', 0, 'case-opened'), '2')).toBe(false);
  });

  test('as often as it happened: two by each way are two', () => {
    const news = [
      told.isNew(alert('wsman', 0), '1'),
      told.isNew(alert('wsman', 5), '2'),
      told.isNew(alert('log', 0)),
      told.isNew(alert('log', 5)),
      told.isNew(alert('log', 9)),
    ];
    expect(news).toEqual([true, true, false, false, true]);
  });

  test('again where it happened at another time', () => {
    expect(told.isNew(alert('wsman', 0), '1')).toBe(true);
    expect(told.isNew(alert('log', 90))).toBe(true);
  });

  test('once where a clock is wrong or not set, as long as both come within a minute', () => {
    expect(told.isNew(alert('wsman', 0), '1')).toBe(true);
    expect(told.isNew(alert('pet', 7200), '1')).toBe(false);
    expect(told.isNew(alert('wsman', 0, 'link-up'), '2')).toBe(true);
    expect(told.isNew(alert('pet', undefined, 'link-up'), '2')).toBe(false);
    now += 61_000;
    expect(told.isNew(alert('pet', undefined, 'case-opened'), '3')).toBe(true);
    now += 61_000;
    expect(told.isNew(alert('log', 0, 'case-opened'))).toBe(true);
  });

  test('with a memory that has an end', () => {
    for (let i = 0; i < 1000; i++) told.isNew(alert('wsman', i * 100), String(i));
    expect(told.isNew(alert('wsman', 0), '999')).toBe(false);
    expect(told.isNew(alert('wsman', 0), '0')).toBe(true);
  });
});
