import { describe, expect, it } from 'vitest';
import { parsePress, serialKey } from './press.ts';
import { parseUntil } from './until.ts';

describe('What counts as success', () => {
  it.each([
    ['power-off', ['power-off']],
    ['reboot', ['reboot']],
    ['power-off,reboot', ['power-off', 'reboot']],
    ['serial:login:', [{ serial: 'login:' }]],
    ['serial:done, at last, reboot', [{ serial: 'done, at last' }, 'reboot']],
    ['serial:/done in \\d+ s/i', [{ serial: /done in \d+ s/i }]],
    ['bytes:4096', [{ bytes: 4096 }]],
    ['bytes:2G', [{ bytes: 2 * 1024 ** 3 }]],
    ['still:10', [{ still: 10 }]],
    ['still:5,power-off', [{ still: 5 }, 'power-off']],
    ['still:0', undefined],
    ['still:1441', undefined],
    ['still:2.5', undefined],
    ['bytes:700 MB', undefined],
    ['bytes:0', undefined],
    ['serial:', undefined],
    ['serial:/(/', undefined],
    ['power-off:now', undefined],
    ['done', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(() => parseUntil(text)).toThrow(TypeError);
    else expect(parseUntil(text)).toEqual(expected);
  });
});

describe('A key', () => {
  it.each([
    ['enter', { key: 'enter', seconds: 10 }],
    ['space:20', { key: 'space', seconds: 20 }],
    ['5:30', { key: '5', seconds: 30 }],
    ['5', { key: '5', seconds: 10 }],
    [':', { key: ':', seconds: 10 }],
    ['F12', { key: 'F12', seconds: 10 }],
    ['ä', { key: 'ä', seconds: 10 }],
    ['any', undefined],
    ['enter:0', undefined],
    ['enter:601', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(() => parsePress(text)).toThrow(TypeError);
    else expect(parsePress(text)).toEqual(expected);
  });

  it('is what a terminal sends', () => {
    expect(['enter', 'Esc', 'up', 'f1', 'f12', 'y'].map(serialKey)).toEqual([
      '\r',
      '\x1b',
      '\x1b[A',
      '\x1bOP',
      '\x1b[24~',
      'y',
    ]);
  });
});
