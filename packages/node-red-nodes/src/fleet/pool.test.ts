import type { Fleet, GuestMachine } from '@amtkit/core/automation';
import { describe, expect, it } from 'vitest';
import { createPool } from './pool.ts';

const settings = { book: '', pollSeconds: 30, listen: '', strictTls: false };
const log = { info: () => {}, warn: () => {} };

/** A pool whose fleets are numbers, and what became of them. */
function pretend() {
  const happened: string[] = [];
  let count = 0;
  const pool = createPool(async () => {
    const n = ++count;
    happened.push(`open ${n}`);
    const machines = new Map<string, GuestMachine>();
    const fleet = {
      machines,
      add: async (guest: GuestMachine) => {
        const name = guest.name ?? guest.host;
        machines.set(name, guest);
        happened.push(`add ${name}`);
        return name;
      },
      remove: async (name: string) => {
        machines.delete(name);
        happened.push(`remove ${name}`);
      },
    };
    return {
      fleet: fleet as unknown as Fleet,
      book: undefined,
      close: async () => void happened.push(`close ${n}`),
    };
  });
  return { pool, happened };
}

/** Work that a test ends. */
function work() {
  let end = (): void => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { over, end };
}

describe('The fleet of a node', () => {
  it('is opened once, closed with the node, and opened anew by the next one', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    expect(await seat.open()).toBe(await seat.open());
    await seat.leave('deploy');
    await pool.take('a', settings, log).open();
    expect(happened).toEqual(['open 1', 'close 1', 'open 2']);
  });

  it('waits for the next node while work is kept that shall survive', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    const opened = await seat.open();
    const { over, end } = work();
    seat.keep(over);
    await seat.leave('deploy');
    const next = pool.take('a', settings, log);
    expect(await next.open()).toBe(opened);
    end();
    await over;
    expect(happened).toEqual(['open 1']);
    await next.leave('deploy');
    await expect.poll(() => happened).toEqual(['open 1', 'close 1']);
  });

  it('closes by itself when that work ends and no node has come', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    await seat.open();
    const { over, end } = work();
    seat.keep(over);
    await seat.leave('deploy');
    expect(happened).toEqual(['open 1']);
    end();
    await expect.poll(() => happened).toEqual(['open 1', 'close 1']);
  });

  it.each(['removed', 'stop'] as const)('closes in spite of such work when its node ends: %s', async (ending) => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    await seat.open();
    seat.keep(work().over);
    await seat.leave(ending);
    expect(happened).toEqual(['open 1', 'close 1']);
  });

  it('with other settings is another one: the old one closes first, its work ends', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    await seat.open();
    seat.keep(work().over);
    await seat.leave('deploy');
    await pool.take('a', { ...settings, pollSeconds: 5 }, log).open();
    expect(happened).toEqual(['open 1', 'close 1', 'open 2']);
  });

  it('that cannot be opened is tried again by the next call', async () => {
    let fails = true;
    const pool = createPool(async () => {
      if (fails) throw new Error('no book');
      return { fleet: undefined as never, book: undefined, close: async () => {} };
    });
    const seat = pool.take('a', settings, log);
    await expect(seat.open()).rejects.toThrow('no book');
    fails = false;
    await seat.open();
  });
});

describe('A machine that came with a node', () => {
  const guest = { host: '192.0.2.1', password: 'secret' };

  it('joins once, and leaves with its node', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    expect(await seat.join('m', guest)).toBe('192.0.2.1');
    await seat.join('m', guest);
    await seat.part('m', 'deploy');
    expect(happened).toEqual(['open 1', 'add 192.0.2.1', 'remove 192.0.2.1']);
  });

  it('stays through a deploy while work is kept, and is the same one afterwards', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    await seat.join('m', guest);
    const { over, end } = work();
    seat.keep(over);
    await seat.part('m', 'deploy');
    expect(await seat.join('m', guest)).toBe('192.0.2.1');
    end();
    await over;
    expect(happened).toEqual(['open 1', 'add 192.0.2.1']);
  });

  it('leaves when that work has ended, where its node did not come back', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    await seat.join('m', guest);
    const { over, end } = work();
    seat.keep(over);
    await seat.part('m', 'deploy');
    end();
    await expect.poll(() => happened).toContain('remove 192.0.2.1');
  });

  it('with other credentials takes the place of the old one', async () => {
    const { pool, happened } = pretend();
    const seat = pool.take('a', settings, log);
    await seat.join('m', guest);
    await seat.join('m', { ...guest, password: 'other' });
    expect(happened).toEqual(['open 1', 'add 192.0.2.1', 'remove 192.0.2.1', 'add 192.0.2.1']);
  });
});
