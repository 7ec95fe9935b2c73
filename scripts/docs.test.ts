import type { Capability } from '@amtkit/core/automation';
import { expect, test } from 'vitest';
import { capabilitiesPage } from './docs.ts';

const never = async () => undefined;
const from = { refresh: 'seconds', read: never } as const;

const state: Capability = {
  kind: 'reading',
  id: 'power.state',
  title: 'Power state',
  value: { type: 'one-of', options: ['on', 'off'] },
  from,
  pick: () => 'on',
};

const limit: Capability = {
  kind: 'setting',
  id: 'consent.timeout',
  title: 'Consent timeout',
  value: { type: 'integer', min: 1, max: 60, unit: 's' },
  from,
  pick: () => 1,
  effect: 'harmless',
  changes: [],
  write: async () => {},
};

const https: Capability = {
  kind: 'action',
  id: 'boot.https',
  title: 'Boot from an address',
  effect: 'disruptive',
  changes: [],
  input: { url: { type: 'text' }, now: { type: 'flag', optional: true } },
  run: never,
};

test('writes a reading with its words, its command and its topic', () => {
  expect(capabilitiesPage([state])).toContain(
    '| `power.state` | reading | Power state | `on`, `off` |  | `amt power state TARGET` | `amtkit/<machine>/power/state` |',
  );
});

test('writes a setting with its range, and the topic that changes it', () => {
  expect(capabilitiesPage([limit])).toContain(
    '| integer in s, 1 to 60 | harmless | `amt consent timeout TARGET [INTEGER]` | `amtkit/<machine>/consent/timeout`<br>`amtkit/<machine>/consent/timeout/set` |',
  );
});

test('writes an action with its inputs as options', () => {
  expect(capabilitiesPage([https])).toContain(
    '| url: text; now: flag, optional | disruptive | `amt boot https TARGET --url TEXT [--now]` | `amtkit/<machine>/do/boot/https` |',
  );
});

test('gives each area a table of its own', () => {
  const headings = capabilitiesPage([state, https, limit]).match(/^## .*/gm);
  expect(headings).toEqual(['## power', '## boot', '## consent']);
});

test('keeps a bar inside a cell from ending it', () => {
  const flag: Capability = { ...limit, value: { type: 'flag' } };
  expect(capabilitiesPage([flag])).toContain('[on\\|off]');
});
