import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { thisProcess } from '../../book/process-mark.ts';
import { openState, type State } from '../../book/state.ts';
import { reimageMemory } from './remembered.ts';

let folder: string;
let state: State;
let time: number;
const now = () => new Date(time);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-remembered-'));
  state = await openState(join(folder, 'state.json'));
  time = Date.parse('2026-02-03T04:05:06Z');
});
afterEach(async () => {
  await state.flush();
  await rm(folder, { recursive: true, force: true });
});

const seen = '2026-02-03T04:05:00Z';
const record = { media: 'debian', transaction: 't', begun: '2026-02-03T04:00:00Z', seen };

describe('A reimage', () => {
  test('that goes on in this process is not interrupted, and one that has ended is forgotten', async () => {
    const memory = reimageMemory(state, 'pc', now);
    memory.begun('debian', 't');
    expect(state.machine('pc')?.reimage).toMatchObject({ media: 'debian', transaction: 't' });
    expect(reimageMemory(state, 'pc', now).interrupted()).toBeUndefined();
    memory.ended();
    expect(state.machine('pc')).toBeUndefined();
  });

  test('of a process that is gone was interrupted, which is told once, also by the next process', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    state.learn('pc', { reimage: { ...record, process: { ...thisProcess(), id: 'other', pid } } });
    await state.flush();
    const next = await openState(state.path);
    const memory = reimageMemory(next, 'pc', now);
    expect(memory.interrupted()).toMatchObject({ media: 'debian', transaction: 't' });
    expect(memory.interrupted()).toBeUndefined();
    await next.flush();
    expect(reimageMemory(await openState(state.path), 'pc', now).interrupted()).toBeUndefined();
  });

  test('of a process that runs is left to it', () => {
    state.learn('pc', { reimage: { ...record, process: { ...thisProcess(), id: 'other', pid: process.ppid } } });
    expect(reimageMemory(state, 'pc', now).interrupted()).toBe('later');
    expect(state.machine('pc')?.reimage).toBeDefined();
  });

  test('of a process elsewhere was interrupted once nobody has said for a while that it goes on', () => {
    state.learn('pc', { reimage: { ...record, process: { ...thisProcess(), id: 'other', host: 'container-1' } } });
    const memory = reimageMemory(state, 'pc', now);
    expect(memory.interrupted()).toBe('later');
    time += 4 * 60_000;
    expect(memory.interrupted()).toMatchObject({ media: 'debian' });
  });

  test('is not remembered without a state', () => {
    const memory = reimageMemory(undefined, 'pc', now);
    memory.begun('debian', undefined);
    memory.ended();
    expect(memory.interrupted()).toBeUndefined();
  });
});
