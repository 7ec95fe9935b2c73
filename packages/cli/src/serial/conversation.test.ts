import { PassThrough } from 'node:stream';
import { testLine } from '@amtkit/core/testing';
import { describe, expect, it } from 'vitest';
import { type ConversationOptions, converse } from './conversation.ts';

/** A conversation over a line of a test. */
function talk(more: Partial<ConversationOptions> & { terminal?: boolean } = {}) {
  const line = testLine();
  const stdin = Object.assign(new PassThrough(), { isTTY: more.terminal ?? false });
  const shown: string[] = [];
  const stop = new AbortController();
  const leave = new AbortController();
  const over = converse({
    line,
    stdin,
    typed: (bytes) => bytes,
    show: (bytes) => void shown.push(Buffer.from(bytes).toString()),
    leave: leave.signal,
    signal: stop.signal,
    ...more,
  });
  return { line, stdin, shown, over, stop, leave };
}

describe('A conversation', () => {
  it('goes both ways until the line is closed', async () => {
    const { line, stdin, shown, over } = talk();
    stdin.write('ls\r');
    await expect.poll(line.typed).toBe('ls\r');
    line.say('one');
    line.say('two');
    await line.close();
    await over;
    expect(shown.join('')).toBe('onetwo');
  });

  it('outlives a pipe that has said all it had to say, and ends with a terminal that is gone', async () => {
    const pipe = talk();
    pipe.stdin.end('x');
    await expect.poll(pipe.line.typed).toBe('x');
    pipe.line.say('late');
    await expect.poll(() => pipe.shown).toEqual(['late']);
    expect(pipe.line.closed()).toBe(false);
    await pipe.line.close();
    const terminal = talk({ terminal: true });
    terminal.stdin.end();
    await terminal.over;
    expect(terminal.line.closed()).toBe(true);
  });

  it('lets what was typed leave before it ends, but does not wait for ever', async () => {
    const { line, stdin, over, leave } = talk({
      menu: (key) => {
        if (key === 'q') leave.abort();
        return false;
      },
    });
    const written: string[] = [];
    line.write = async (data) => {
      await new Promise(setImmediate);
      written.push(`${String(data)} ${line.closed() ? 'too late' : 'in time'}`);
    };
    stdin.write('bye\u001dq');
    await over;
    expect(written).toEqual(['bye in time']);
    const stuck = talk();
    stuck.line.write = () => new Promise(() => {});
    stuck.stdin.write('never');
    await expect.poll(() => stuck.stdin.readableLength).toBe(0);
    stuck.leave.abort();
    await stuck.over;
  });

  it('ends at once when it is interrupted, and with what the line was lost by', async () => {
    const { over, stop, line } = talk();
    stop.abort();
    await over;
    expect(line.closed()).toBe(true);
    const lost = talk();
    lost.line.lose(new Error('the cable'));
    await expect(lost.over).rejects.toThrow('the cable');
  });

  it('reads no more from stdin than a host that does not read can be sent', async () => {
    const { line, stdin, over, stop } = talk();
    let written = 0;
    let release = (): void => {};
    line.write = async (data) => {
      written += data.length;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    stdin.write(Buffer.alloc(100_000));
    await expect.poll(() => stdin.isPaused()).toBe(true);
    expect(written).toBeLessThanOrEqual(100_000);
    release();
    await expect.poll(() => stdin.isPaused()).toBe(false);
    stop.abort();
    await over;
  });
});
