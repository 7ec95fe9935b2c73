import { ConnectFailed } from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import type { MachineNode } from './machine/machine-node.ts';
import { TestNode, TestRed } from './testing/red.ts';
import { type Work, workOff } from './worker.ts';

/** A node that does this work, on machines that messages name. */
function worker(perform: Work['perform'], config: Readonly<Record<string, unknown>> = {}) {
  const red = new TestRed();
  const machine = new TestNode({ id: 'machine', type: 'amt-machine' });
  Object.assign(machine, {
    labelFor: (msg) => String(msg.machine ?? 'pc'),
    reach: async (msg) => ({
      machine: String(msg.machine ?? 'pc'),
      fleet: undefined as never,
      seat: undefined as never,
    }),
  } satisfies Partial<MachineNode>);
  red.put(machine);
  const node = new TestNode({ id: 'node', type: 'amt-test' });
  workOff(
    red,
    node,
    { id: 'node', type: 'amt-test', machine: 'machine', ...config },
    { what: () => 'the work', seconds: 60, perform },
  );
  return node;
}

describe('A node that works', () => {
  it('sends what it was given, and is done once', async () => {
    const node = worker(async ({ msg, send, machine }) => {
      send({ ...msg, machine });
      return 'well';
    });
    expect(await node.receive({ payload: 1 })).toEqual({ sent: [{ payload: 1, machine: 'pc' }], error: undefined });
  });

  it('works off the messages for one machine in their order, and those for others beside them', async () => {
    const order: string[] = [];
    const let_ = new Map<string, () => void>();
    const node = worker(async ({ msg }) => {
      order.push(`begin ${msg.n}`);
      await new Promise<void>((resolve) => let_.set(String(msg.n), resolve));
      order.push(`end ${msg.n}`);
      return '';
    });
    const all = [node.receive({ n: 1 }), node.receive({ n: 2 }), node.receive({ n: 3, machine: 'other' })];
    await expect.poll(() => order).toEqual(['begin 1', 'begin 3']);
    let_.get('1')?.();
    await expect.poll(() => order).toEqual(['begin 1', 'begin 3', 'end 1', 'begin 2']);
    let_.get('2')?.();
    let_.get('3')?.();
    await Promise.all(all);
  });

  it('keeps a hundred messages and refuses one more, and takes others when there is room', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const node = worker(async () => {
      await gate;
      return '';
    });
    const kept = Array.from({ length: 100 }, () => node.receive());
    expect((await node.receive()).error).toMatchObject({
      code: 'QUEUE_FULL',
      message: expect.stringContaining('100 messages'),
    });
    open();
    expect((await Promise.all(kept)).every(({ error }) => error === undefined)).toBe(true);
    expect((await node.receive()).error).toBeUndefined();
  });

  it('gives every failure a code, and goes on with the next message', async () => {
    const failures = [new ConnectFailed('Nobody answers.'), new TypeError('pc takes no tea.'), new Error('a bug')];
    const node = worker(async () => {
      throw failures.shift() ?? new Error();
    });
    expect((await node.receive()).error).toMatchObject({ code: 'CONNECT_FAILED' });
    expect((await node.receive()).error).toMatchObject({ code: 'INVALID', message: 'pc takes no tea.' });
    expect((await node.receive()).error).toMatchObject({ code: 'UNEXPECTED', message: 'a bug' });
  });

  it('says when the time is up, of the message before that of the node', async () => {
    const node = worker(
      async ({ signal }) => {
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        return '';
      },
      { timeout: 30 },
    );
    expect((await node.receive({ timeout: 0.02 })).error).toMatchObject({
      code: 'TIMED_OUT',
      message: 'pc: the work was not done within 0.02 s.',
    });
    expect((await node.receive({ timeout: [] })).error).toMatchObject({ code: 'INVALID' });
  });

  it('gives up what is under way when it is closed, and waits for its end', async () => {
    let begun = false;
    let ended = false;
    const node = worker(async ({ signal }) => {
      begun = true;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ended = true;
      throw new Error('aborted');
    });
    const handled = node.receive();
    await expect.poll(() => begun).toBe(true);
    await node.close();
    expect(ended).toBe(true);
    expect((await handled).error).toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('deployed anew'),
    });
  });

  it('without a machine says so at once, and to each message', async () => {
    const node = worker(async () => '', { machine: 'gone' });
    expect(node.lines).toEqual(['warn No machine is chosen.']);
    expect((await node.receive()).error).toMatchObject({ code: 'INVALID' });
  });
});
