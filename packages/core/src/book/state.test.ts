import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openState } from './state.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-state-'));
  path = join(folder, 'deep', 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

test('what is learned is known at once, and to the next process after a flush', async () => {
  const state = await openState(path);
  state.learn('pc', { tls: 'on', fingerprint: 'AB' });
  state.learn('pc', { version: '12.0.67' });
  expect(state.machine('pc')).toEqual({ tls: 'on', fingerprint: 'AB', version: '12.0.67' });
  await state.flush();
  expect((await openState(path)).machine('pc')).toEqual({ tls: 'on', fingerprint: 'AB', version: '12.0.67' });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(state.warnings).toEqual([]);
});

test('is written without being asked, many changes at a time', async () => {
  const state = await openState(path, { delayMs: 10 });
  for (let i = 0; i < 50; i++) state.learn(`pc-${i}`, { tls: 'on' });
  await expect.poll(async () => (await openState(path)).machine('pc-49')).toEqual({ tls: 'on' });
  await state.flush();
});

test('writes nothing when nothing new was learned', async () => {
  const state = await openState(path);
  state.learn('pc', { tls: 'on' });
  await state.flush();
  const before = await stat(path);
  state.learn('pc', { tls: 'on' });
  await state.flush();
  expect((await stat(path)).ino).toBe(before.ino);
});

test('forgets a fact or a machine, and renames', async () => {
  const state = await openState(path);
  state.learn('a', { tls: 'on', fingerprint: 'AB' });
  state.learn('b', { tls: 'on' });
  state.learn('c', { uuid: 'u' });
  state.forget('a', ['fingerprint']);
  state.forget('b');
  state.rename('c', 'd');
  await state.flush();
  const again = await openState(path);
  expect(again.machine('a')).toEqual({ tls: 'on' });
  expect(again.machine('b')).toBeUndefined();
  expect(again.machine('c')).toBeUndefined();
  expect(again.machine('d')).toEqual({ uuid: 'u' });
});

test('two processes keep each other’s entries, also of the same machine', async () => {
  const [one, two] = await Promise.all([openState(path), openState(path)]);
  one.learn('a', { tls: 'on' });
  one.learn('both', { tls: 'off' });
  one.remember('t1', 1);
  two.learn('b', { tls: 'on' });
  two.learn('both', { uuid: 'u' });
  two.remember('t2', 2);
  await Promise.all([one.flush(), two.flush()]);
  const all = await openState(path);
  expect([all.machine('a'), all.machine('b'), all.machine('both')]).toEqual([
    { tls: 'on' },
    { tls: 'on' },
    { tls: 'off', uuid: 'u' },
  ]);
  expect([all.transaction('t1')?.result, all.transaction('t2')?.result]).toEqual([1, 2]);
});

test('what another process wrote is taken over when asked for, beside what waits here', async () => {
  const [one, other] = [await openState(path), await openState(path)];
  one.learn('pc', { realm: 'Digest:0', tls: 'on' });
  await one.flush();
  await other.refresh();
  expect(other.machine('pc')).toEqual({ realm: 'Digest:0', tls: 'on' });
  other.learn('lab', { tls: 'off' });
  one.forget('pc', ['realm']);
  await one.flush();
  await other.refresh();
  expect([other.machine('pc'), other.machine('lab')]).toEqual([{ tls: 'on' }, { tls: 'off' }]);
  await rm(path);
  await other.refresh();
  expect(other.machine('pc')).toEqual({ tls: 'on' });
  await other.flush();
});

test('what is learned during a write is neither lost nor forgotten', async () => {
  let duringWrite = () => {};
  const state = await openState(path, {
    now: () => {
      duringWrite();
      return new Date();
    },
  });
  state.remember('t', 1);
  duringWrite = () => {
    duringWrite = () => {};
    state.learn('b', { tls: 'on' });
  };
  await state.flush();
  expect((await openState(path)).machine('b')).toBeUndefined();
  expect(state.machine('b')).toEqual({ tls: 'on' });
  await state.flush();
  expect((await openState(path)).machine('b')).toEqual({ tls: 'on' });
});

test('what is renamed again while it is written is renamed once', async () => {
  const state = await openState(path);
  state.learn('a', { realm: 'r' });
  await state.flush();
  state.rename('a', 'b');
  const writing = state.flush();
  state.rename('b', 'c');
  await writing;
  state.learn('d', { realm: 's' });
  await state.flush();
  const next = await openState(path);
  expect(['a', 'b', 'c', 'd'].map((name) => next.machine(name)?.realm)).toEqual([undefined, undefined, 'r', 's']);
});

test('transactions are known for a day, the latest 2000 of them', async () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const state = await openState(path, { now: () => now });
  state.remember('old', { ok: true });
  now = new Date('2026-01-01T23:59:59Z');
  expect(state.transaction('old')).toEqual({ at: new Date('2026-01-01T00:00:00Z'), result: { ok: true } });
  now = new Date('2026-01-02T00:00:01Z');
  expect(state.transaction('old')).toBeUndefined();
  for (let i = 0; i < 2001; i++) state.remember(`t${i}`, i);
  await state.flush();
  const again = await openState(path, { now: () => now });
  expect(again.transaction('old')).toBeUndefined();
  expect(again.transaction('t0')).toBeUndefined();
  expect(again.transaction('t1')?.result).toBe(1);
  expect(again.transaction('t2000')?.result).toBe(2000);
});

test.each([
  '{ "version": 1, "mach',
  '[]',
  '{"version":2}',
  '{"version":1,"machines":{"a":{"tls":3}},"transactions":{}}',
])('a broken file is moved aside with a warning: %s', async (text) => {
  const file = join(folder, 'state.json');
  await writeFile(file, text);
  const heard: string[] = [];
  const state = await openState(file, { onWarning: (sentence) => heard.push(sentence) });
  expect(state.machine('a')).toBeUndefined();
  const [aside = ''] = await readdir(folder);
  expect(aside).toMatch(/^state\.json\.broken-/);
  expect(await readFile(join(folder, aside), 'utf8')).toBe(text);
  expect(heard).toEqual([expect.stringContaining(aside)]);
  state.learn('a', { tls: 'on' });
  await state.flush();
  expect((await openState(file)).machine('a')).toEqual({ tls: 'on' });
});

test('facts of a newer amtkit are kept', async () => {
  const file = join(folder, 'state.json');
  await writeFile(file, '{"version":1,"machines":{"a":{"tls":"on","colour":"red"}},"transactions":{}}');
  const state = await openState(file);
  state.learn('a', { uuid: 'u' });
  await state.flush();
  expect(JSON.parse(await readFile(file, 'utf8')).machines.a).toEqual({ tls: 'on', colour: 'red', uuid: 'u' });
});

test('names that mean something to JavaScript are names', async () => {
  const state = await openState(path);
  for (const name of ['constructor', 'valueOf']) state.learn(name, { tls: 'on' });
  await state.flush();
  const again = await openState(path);
  expect([again.machine('constructor'), again.machine('valueOf')]).toEqual([{ tls: 'on' }, { tls: 'on' }]);
  expect(again.machine('toString')).toBeUndefined();
});

test('a place that cannot be written is one warning, and what was learned stays known', async () => {
  await writeFile(join(folder, 'deep'), '');
  const state = await openState(path);
  state.learn('pc', { tls: 'on' });
  await state.flush();
  state.learn('pc', { uuid: 'u' });
  await state.flush();
  expect(state.machine('pc')).toEqual({ tls: 'on', uuid: 'u' });
  expect(state.warnings.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
  await rm(join(folder, 'deep'));
  await state.flush();
  expect((await openState(path)).machine('pc')).toEqual({ tls: 'on', uuid: 'u' });
});
