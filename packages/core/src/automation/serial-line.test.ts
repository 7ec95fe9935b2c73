import { describe, expect, test } from 'vitest';
import { AuthenticationFailed, ConnectFailed } from '../errors.ts';
import type { SerialControls, SerialSession } from '../machine/sessions.ts';
import { openSerialLine, type SerialLineEvent, type SerialLineOptions } from './serial-line.ts';

const on: SerialControls = {
  rts: true,
  dtr: true,
  break: false,
  powered: true,
  overflow: false,
  flushed: false,
  loopback: false,
};

/** A session that yields these pieces, then ends, throws, or stays open until it is closed. */
function session(pieces: readonly string[], end: 'ends' | 'stays' | Error) {
  const written: string[] = [];
  let closed = (): void => {};
  const until = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const made: SerialSession = {
    controls: on,
    write: async (data) => void written.push(String(data)),
    sendBreak: async () => void written.push('<break>'),
    onControls: () => () => {},
    close: async () => closed(),
    [Symbol.asyncDispose]: async () => closed(),
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
      if (end === 'stays') await until;
      if (end instanceof Error) throw end;
    },
  };
  return Object.assign(made, { written });
}

/** A line over these sessions, or failures to open one, in turn. */
async function lineOver(attempts: (SerialSession | Error)[], options: SerialLineOptions = {}) {
  const events: SerialLineEvent[] = [];
  const line = await openSerialLine(
    async () => ({
      host: 'pc',
      serial: async () => {
        const next = attempts.shift();
        if (next === undefined || next instanceof Error) throw next ?? new Error('no more sessions');
        return next;
      },
    }),
    { patience: { firstRetryMs: 0 }, onEvent: (event) => events.push(event), ...options },
  );
  return { line, events };
}

async function textOf(line: AsyncIterable<Uint8Array>, most = Number.POSITIVE_INFINITY): Promise<string> {
  let text = '';
  for await (const bytes of line) {
    text += new TextDecoder().decode(bytes);
    if (text.length >= most) break;
  }
  return text;
}

describe('a serial line', () => {
  test('goes on in a new session when one is lost, and says so', async () => {
    const lost = new ConnectFailed('the cable');
    const { line, events } = await lineOver([
      session(['one '], lost),
      new ConnectFailed('not yet'),
      session(['two '], 'ends'),
      session(['three'], 'stays'),
    ]);
    expect(await textOf(line, 13)).toBe('one two three');
    expect(events.map(({ type }) => type)).toEqual([
      ...['controls', 'interrupted', 'controls', 'reconnected'],
      ...['interrupted', 'controls', 'reconnected'],
    ]);
    expect(events[1]).toMatchObject({ error: lost });
    expect(line.open).toBe(false);
  });

  test('without reconnect ends with what ended the session', async () => {
    const { line } = await lineOver([session(['x'], 'ends')], { reconnect: false });
    await expect(textOf(line)).rejects.toThrow('pc ended the serial session.');
  });

  test('does not try a refused password again', async () => {
    const { line } = await lineOver([session([], 'ends'), new AuthenticationFailed('no'), session([], 'stays')]);
    await expect(textOf(line)).rejects.toThrow(AuthenticationFailed);
  });

  test('types into the session there is, and refuses to where there is none', async () => {
    const second = session([], 'stays');
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const attempts = [session([], 'ends'), second];
    const line = await openSerialLine(
      async () => {
        if (attempts.length === 1) await held;
        return { host: 'pc', serial: async () => attempts.shift() as SerialSession };
      },
      { patience: { firstRetryMs: 0 } },
    );
    const reading = textOf(line);
    await expect.poll(() => line.open).toBe(false);
    await expect(line.write('lost')).rejects.toThrow('nothing was typed');
    release();
    await expect.poll(() => line.open).toBe(true);
    await line.write('kept');
    await line.sendBreak();
    expect(second.written).toEqual(['kept', '<break>']);
    await line.close();
    expect(await reading).toBe('');
  });

  test('is closed while it waits for the next try', async () => {
    const { line } = await lineOver([session([], 'ends')], { patience: { firstRetryMs: 60_000 } });
    const reading = textOf(line);
    await expect.poll(() => line.open).toBe(false);
    await line.close();
    expect(await reading).toBe('');
  });

  test('fails to open with what the first attempt failed with', async () => {
    await expect(lineOver([new ConnectFailed('nobody there')])).rejects.toThrow('nobody there');
  });
});
