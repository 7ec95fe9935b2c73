/** The line editor at the far end of a serial line. */
import { memoryPair } from '@amtkit/core/streams';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../clock.ts';
import { settled } from '../../testing/redirection.ts';
import { SerialConsole, Stopped } from './serial-console.ts';

function make() {
  const clock = manualClock();
  const [line, port] = memoryPair();
  const console = new SerialConsole(port, clock);
  const screen = { text: '' };
  void (async () => {
    for await (const chunk of line) screen.text += Buffer.from(chunk).toString('latin1');
  })();
  const type = async (keys: string) => {
    await line.write(Buffer.from(keys, 'latin1'));
    await settled();
  };
  return { clock, console, screen, type };
}

describe('a line', () => {
  test.each<[string, string, string, string]>([
    ['ends with a return', 'date\r', 'date', 'date\r\n'],
    ['ends with a line feed', 'date\n', 'date', 'date\r\n'],
    ['loses its last character by backspace', 'dax\bte\r', 'date', 'dax\b \bte\r\n'],
    ['and by delete', 'dax\x7fte\r', 'date', 'dax\b \bte\r\n'],
    ['has nothing to lose when it is empty', '\b\x7fa\r', 'a', 'a\r\n'],
    ['is forgotten at Ctrl-U', 'abc\x15d\r', 'd', 'abc\b \b\b \b\b \bd\r\n'],
    ['ignores other keys', 'a\x1b[5~\x1bOP\x1b[OP\x07b\r', 'ab', 'ab\r\n'],
  ])('%s', async (_, keys, result, echo) => {
    const { console, screen, type } = make();
    const line = console.line('# ');
    await type(keys);
    expect(await line).toBe(result);
    expect(screen.text).toBe(`# ${echo}`);
  });

  test('is echoed as it is typed', async () => {
    const { console, screen, type } = make();
    void console.line('# ').catch(() => {});
    await type('d');
    expect(screen.text).toBe('# d');
    await type('a');
    expect(screen.text).toBe('# da');
  });

  test('ended by return and line feed is one line', async () => {
    const { console, type } = make();
    const first = console.line('');
    await type('a\r\nb\r');
    expect([await first, await console.line('')]).toEqual(['a', 'b']);
  });

  test('given up is none', async () => {
    const { console, type, screen } = make();
    const line = console.line('');
    await type('abc\x03');
    expect(await line).toBeUndefined();
    expect(screen.text).toBe('abc^C\r\n');
  });

  test('comes again with the up key', async () => {
    const { console, type } = make();
    const first = console.line('');
    await type('uname\r');
    await first;
    const second = console.line('');
    await type('x\x1b[A\r');
    expect(await second).toBe('uname');
  });

  test('has an end, however much is typed', async () => {
    const { console, type } = make();
    const line = console.line('');
    await type(`${'x'.repeat(3000)}\r`);
    expect(await line).toHaveLength(1024);
  });
});

describe('a key', () => {
  test('is waited for as long as asked', async () => {
    const { console, clock } = make();
    const key = console.key(1000);
    clock.advance(999);
    await settled();
    clock.advance(1);
    expect(await key).toBeUndefined();
  });

  test('alone may be the escape key', async () => {
    const { console, clock, type } = make();
    const line = console.line('');
    await type('a\x1b');
    clock.advance(50);
    await settled();
    await type('b\r');
    expect(await line).toBe('ab');
  });

  test('typed before anybody waits is kept', async () => {
    const { console, type } = make();
    await type('ab');
    expect([await console.key(), await console.key()]).toEqual([97, 98]);
  });
});

test('a restart stops who waits, and forgets what was typed', async () => {
  const { console, type } = make();
  await type('a');
  console.restart(true);
  const stopped = expect(console.key()).rejects.toBeInstanceOf(Stopped);
  console.restart(true);
  await stopped;
  console.restart(false);
  await type('b');
  console.restart(true);
  await type('c');
  expect(await console.key()).toBe(99);
});

test('more than fits waits in the line', async () => {
  const { console, type } = make();
  for (let i = 0; i < 5; i++) await type('x'.repeat(1024));
  let keys = 0;
  while ((await console.key(0).catch(() => undefined)) !== undefined && ++keys < 5 * 1024);
  expect(keys).toBe(5 * 1024);
});
