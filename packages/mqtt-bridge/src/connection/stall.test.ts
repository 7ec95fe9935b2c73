import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStallWatch } from './stall.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const stalled = vi.fn();
  return { watch: createStallWatch(1000, stalled), stalled };
}

test('what is not acknowledged in time is noticed, once', () => {
  const { watch, stalled } = watched();
  watch.sent();
  vi.advanceTimersByTime(999);
  expect(stalled).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5000);
  expect(stalled).toHaveBeenCalledTimes(1);
});

test('the time begins anew with each acknowledgement, and with what is sent after silence', () => {
  const { watch, stalled } = watched();
  watch.sent();
  watch.sent();
  vi.advanceTimersByTime(900);
  watch.acknowledged(1);
  vi.advanceTimersByTime(900);
  watch.acknowledged(0);
  vi.advanceTimersByTime(900);
  watch.sent();
  vi.advanceTimersByTime(900);
  expect(stalled).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(stalled).toHaveBeenCalledTimes(1);
});

test('nobody is waited for after the end', () => {
  const { watch, stalled } = watched();
  watch.sent();
  watch.stop();
  vi.advanceTimersByTime(5000);
  expect(stalled).not.toHaveBeenCalled();
});
