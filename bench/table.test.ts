import { expect, test } from 'vitest';
import { type BenchTable, formatMarkdown, formatText, insertBetweenMarkers } from './table.ts';

const table: BenchTable = {
  title: 'Counting',
  columns: ['who', 'count'],
  rows: [
    ['ours', 65_536],
    ['a | b', 7],
  ],
  notes: ['the other column was left out'],
  goals: [
    { text: 'none missed', met: true, measured: '0' },
    { text: 'under 2 s', met: false, measured: '2.4 s' },
  ],
};

test('lines up columns for a terminal and says which goal was missed', () => {
  expect(formatText(table).split('\n')).toEqual([
    'Counting',
    '',
    'who     count',
    '─────  ──────',
    'ours   65,536',
    'a | b       7',
    '',
    'met      none missed: 0',
    'NOT MET  under 2 s: 2.4 s',
    'note     the other column was left out',
  ]);
});

test('puts what else was measured behind it, and the goals behind all of it', () => {
  const more = [{ title: 'Weighing', columns: ['who'], rows: [['ours']], notes: ['on a good scale'] }];
  expect(
    formatMarkdown({ ...table, more })
      .split('\n')
      .slice(6),
  ).toEqual([
    '',
    '**Weighing**',
    '',
    '| who |',
    '|---|',
    '| ours |',
    '',
    '- met: none missed (0)',
    '- **not met**: under 2 s (2.4 s)',
    '- the other column was left out',
    '- on a good scale',
  ]);
  expect(
    formatText({ ...table, more })
      .split('\n')
      .slice(6, 12),
  ).toEqual(['', 'Weighing', '', 'who', '────', 'ours']);
});

test('writes a table for the README', () => {
  expect(formatMarkdown(table).split('\n')).toEqual([
    '**Counting**',
    '',
    '| who | count |',
    '|---|--:|',
    '| ours | 65,536 |',
    '| a \\| b | 7 |',
    '',
    '- met: none missed (0)',
    '- **not met**: under 2 s (2.4 s)',
    '- the other column was left out',
  ]);
});

test('replaces what stands between the markers of its name, and only that', () => {
  const document = 'a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n';
  expect(insertBetweenMarkers(document, 'x', 'new')).toBe('a\n<!-- bench:x -->\nnew\n<!-- /bench:x -->\nb\n');
  expect(insertBetweenMarkers('a\n', 'y', 'new')).toBe('a\n\n<!-- bench:y -->\nnew\n<!-- /bench:y -->\n');
});
