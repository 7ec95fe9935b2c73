import { expect, test } from 'vitest';
import { lines, type Outcome, summarize } from './summary.ts';

const passed: Outcome = { name: 'power > turns on', state: 'passed', needs: [] };
const failed: Outcome = {
  name: 'power > turns off',
  state: 'failed',
  message: 'expected on to be off\n  at',
  needs: [],
};
const filtered: Outcome = { name: 'power > resets', state: 'skipped', needs: [] };
const unmet: Outcome = { name: 'broker > restarts', state: 'skipped', needs: ['mosquitto', 'netns'] };

test('counts passed, failed and skipped, and says what failed and why', () => {
  const summary = summarize([passed, failed, filtered, passed], [], undefined);
  expect(lines(summary)).toEqual(['failed: power > turns off: expected on to be off', '2 passed, 1 failed, 1 skipped']);
});

test('says what was left out for want of what, above the counts', () => {
  const summary = summarize([passed, unmet, { ...unmet, needs: ['mosquitto'] }], [], undefined);
  expect(lines(summary)).toEqual(['skipped for want of: mosquitto 2, netns 1', '1 passed, 0 failed, 2 skipped']);
});

test('counts a file that could not be collected as a failure', () => {
  expect(lines(summarize([passed], ['alarm.test.ts: no such module'], undefined))).toEqual([
    'failed: alarm.test.ts: no such module',
    '1 passed, 1 failed, 0 skipped',
  ]);
});

test('turns every skip by word into a failure when all is asked for', () => {
  expect(lines(summarize([unmet, filtered], [], '1'))).toEqual([
    'skipped, but AMTKIT_TEST_ALL is set: broker > restarts (needs mosquitto, netns)',
    '0 passed, 1 failed, 1 skipped',
  ]);
});

test('turns only the named words into failures', () => {
  expect(summarize([unmet], [], 'peers,netns').failed).toBe(1);
  expect(summarize([unmet], [], 'peers').failed).toBe(0);
});

test('asks for nothing when the variable is empty or 0', () => {
  expect(summarize([unmet], [], '').failed).toBe(0);
  expect(summarize([unmet], [], '0').failed).toBe(0);
});
