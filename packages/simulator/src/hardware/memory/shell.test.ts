/** The system on the serial console of the pretend PC. */
import { describe, expect, test } from 'vitest';
import { mediumOf } from '../../testing/media.ts';
import { bench, installer, sha256, system } from '../../testing/pretend-pc.ts';
import { settled } from '../../testing/redirection.ts';
import type { PcOptions } from './pc.ts';

describe('the shell', () => {
  const say = async (line: string, options: PcOptions = { power: 'on' }) => {
    const made = bench(options);
    await settled();
    made.screen.text = '';
    await made.type(`${line}\r`);
    return made;
  };

  test.each([
    ['uname', 'amtkit OS 1.0'],
    ['echo a  b', 'a  b'],
    ['date', 'Thu, 01 Jan 2026 00:00:00 GMT'],
    ['uptime', '0'],
    ['count 3', '1\r\n2\r\n3'],
    ['count x', 'count: x is no whole number.'],
    ['nonsense', 'nonsense: not found'],
    ['drives', 'cd      empty\r\nfloppy  empty\r\ndisk    as it came'],
    ['list cd', 'list: There is nothing in the cd drive.'],
    ['', ''],
  ])('answers %j', async (line, answer) => {
    const { screen } = await say(line);
    expect(screen.text).toBe(`${line}\r\n${answer === '' ? '' : `${answer}\r\n`}# `);
  });

  test('helps with every word it knows', async () => {
    const { screen } = await say('help');
    for (const word of ['help', 'date', 'uname', 'echo', 'reboot', 'poweroff'])
      expect(screen.text).toContain(`\n${word} `);
  });

  test('prints more than a line carries at once without losing any of it', async () => {
    const { screen, pass } = await say('count 20000');
    await pass(1000);
    const numbers = screen.text.split('\r\n').slice(1, -1).map(Number);
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  });

  test('takes in whatever is typed and says what it was', async () => {
    const made = await say('sha256');
    const typed = 'y'.repeat(50_000);
    await made.type(typed);
    await made.type('\x04');
    for (let i = 0; i < 200 && !made.screen.text.endsWith('# '); i++) await settled();
    expect(made.screen.text).toContain(sha256(Buffer.from(typed)));
  });

  test('looks into redirected drives', async () => {
    const made = bench({ power: 'on' });
    await made.pc.insert('cd', mediumOf(installer('', { 'A.TXT': 'text' })));
    await settled();
    await made.type('drives\rcat A.TXT\rsha256 DISK.IMG\r');
    expect(made.screen.text).toContain('blocks of 2048 bytes, write-protected\r\n');
    expect(made.screen.text).toContain('text\r\n');
    expect(made.screen.text).toContain(sha256(system));
  });

  test('restarts the PC and switches it off, as systems do', async () => {
    expect((await say('reboot')).told).toEqual(['starting', 'disk', 'system-up']);
    const made = await say('poweroff', { power: 'on', speed: 1 });
    expect(made.pc.power).toBe('on');
    await made.pass(4000);
    expect(made.pc.power).toBe('off');
    // Nobody reads any more.
    made.screen.text = '';
    await made.type('date\r');
    expect(made.screen.text).toBe('');
  });

  test('is there after every start, once', async () => {
    const made = bench({ power: 'on' });
    for (let i = 0; i < 3; i++) await made.pc.apply('reset');
    await settled();
    made.screen.text = '';
    await made.type('echo x\r');
    expect(made.screen.text).toBe('echo x\r\nx\r\n# ');
  });
});
