import { expect, test } from 'vitest';
import { type LogLevel, logOf, logTo } from './log.ts';

test('a log says lines at their levels, with what they are about', () => {
  const said: unknown[] = [];
  const log = logTo((...line) => said.push(line));
  log('begins');
  log.error('broken', { machine: 'pc' });
  log.warn('away');
  log.debug('asked');
  const levels = said.map((line) => (line as [LogLevel])[0]);
  expect(levels).toEqual(['info', 'error', 'warn', 'debug']);
  expect(said[1]).toEqual(['error', 'broken', { machine: 'pc' }]);
});

test('a plain function hears the lines of every level, and nobody none', () => {
  const lines: string[] = [];
  const log = logOf((line) => lines.push(line));
  log('one');
  log.warn('two');
  log.debug('three');
  expect(lines).toEqual(['one', 'two', 'three']);
  expect(logOf(log)).toBe(log);
  expect(() => logOf(undefined).error('nobody hears this')).not.toThrow();
});
