import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createPace } from './pace.ts';

const limits = { atOnce: 3, besides: 1, waitsMs: 60_000 };

/** Work that ends when it is told to. */
function work() {
  const open: { readonly name: string; readonly end: () => void }[] = [];
  return {
    get running() {
      return open.map(({ name }) => name);
    },
    of: (name: string) => () =>
      new Promise<string>((resolve) => {
        open.push({ name, end: () => resolve(name) });
      }),
    async end(name: string) {
      const at = open.findIndex((each) => each.name === name);
      open.splice(at, 1)[0]?.end();
      await settled();
    },
  };
}

const settled = () => pause(0);

it('runs so much at once of what has time, in order, and the rest as there is room', async () => {
  const pace = createPace(limits);
  const some = work();
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => pace.later(some.of(name)));
  await settled();
  expect(some.running).toEqual(['a', 'b', 'c']);
  await some.end('b');
  expect(some.running).toEqual(['a', 'c', 'd']);
  for (const name of ['a', 'c', 'd', 'e']) await some.end(name);
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('begins less of it while somebody waits, and all again when nobody does', async () => {
  const pace = createPace(limits);
  const some = work();
  void pace.now(some.of('command'));
  for (const name of ['a', 'b', 'c', 'd']) void pace.later(some.of(name));
  await settled();
  expect(some.running).toEqual(['command', 'a']);
  void pace.now(some.of('another'));
  await settled();
  expect(some.running).toEqual(['command', 'a', 'another']);
  await some.end('command');
  expect(some.running).toEqual(['a', 'another']);
  await some.end('another');
  expect(some.running).toEqual(['a', 'b', 'c']);
});

it('goes on when work fails', async () => {
  const pace = createPace({ ...limits, atOnce: 1 });
  const fail = async () => Promise.reject(new Error('it broke'));
  await expect(pace.now(fail)).rejects.toThrow('it broke');
  const both = [pace.later(fail), pace.later(async () => 'next')];
  expect(await Promise.allSettled(both)).toMatchObject([{ status: 'rejected' }, { value: 'next' }]);
});

it('holds nothing up for work that takes long', async () => {
  const pace = createPace({ ...limits, waitsMs: 20 });
  const some = work();
  void pace.now(some.of('installation'));
  for (const name of ['a', 'b', 'c']) void pace.later(some.of(name));
  await settled();
  expect(some.running).toEqual(['installation', 'a']);
  await expect.poll(() => some.running).toEqual(['installation', 'a', 'b', 'c']);
  await some.end('installation');
  expect(await pace.now(async () => 'done')).toBe('done');
});
