import { logTo } from '@amtkit/core/automation';
import { expect, test } from 'vitest';
import { createLogLevels } from './log-level.ts';

test('a level tells lines of its own and of more urgent ones, also after it was changed', () => {
  const lines: string[] = [];
  const levels = createLogLevels(
    logTo((level, line) => lines.push(`${level} ${line}`)),
    'warn',
  );
  const say = (): void => {
    levels.log.error('a');
    levels.log.warn('b');
    levels.log('c');
    levels.log.debug('d');
  };
  say();
  expect(lines.splice(0)).toEqual(['error a', 'warn b']);
  levels.level = 'debug';
  say();
  expect(lines.splice(0)).toEqual(['error a', 'warn b', 'info c', 'debug d']);
  levels.level = 'error';
  say();
  expect(lines).toEqual(['error a']);
});

test('secrets are hidden wherever they stand, and users of URLs', () => {
  const lines: string[] = [];
  const levels = createLogLevels(
    logTo((_level, line) => lines.push(line)),
    'info',
  );
  levels.hide(['P@ssw0rd', 'no']);
  levels.log('The broker says: P@ssw0rd is wrong; no more of P@ssw0rd.');
  levels.log('Cannot connect to mqtt://eve:s3cret@broker.lan:1883, mail to a@b.c.');
  expect(lines).toEqual([
    'The broker says: *** is wrong; no more of ***.',
    'Cannot connect to mqtt://broker.lan:1883, mail to a@b.c.',
  ]);
});
