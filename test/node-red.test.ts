/** Node-RED with our palette: flows as people build them, in the real runtime, against virtual PCs. */
import { needs } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf, type TestBook } from './support/book.ts';
import { flow, global, NodeRed, nodeRedVersions, tell } from './support/node-red.ts';
import { password } from './support/scenario.ts';

describe.each(nodeRedVersions)('%s', needs('peers'), (version) => {
  let nodeRed: NodeRed;
  let pc: Simulator;
  let book: TestBook;
  beforeAll(async () => {
    pc = await createSimulator({ speed: 0, password });
    book = await bookOf({ 'office-pc': pc });
    nodeRed = await NodeRed.start(version, { env: { AMTKIT_CONFIG: book.path } });
  });
  afterAll(async () => {
    await nodeRed?.[Symbol.asyncDispose]();
    await book?.[Symbol.asyncDispose]();
    await pc?.close();
  });

  it('loads every node without a warning', async () => {
    const sets = (await (await nodeRed.admin('/nodes', { headers: { Accept: 'application/json' } })).json()) as {
      readonly module: string;
      readonly types: readonly string[];
      readonly err?: string;
    }[];
    const ours = sets.filter(({ module }) => module === '@amtkit/node-red-amt');
    expect(ours.flatMap(({ types }) => types)).toContain('amt-power');
    expect(ours.filter(({ err }) => err !== undefined)).toEqual([]);
    expect(nodeRed.complaints).toEqual([]);
  });

  it('powers a PC of the book, and says what became of it', async () => {
    await nodeRed.deploy(
      flow(
        global({ id: 'fleet', type: 'amt-fleet', poll: 0 }),
        global({ id: 'pc', type: 'amt-machine', source: 'book', fleet: 'fleet', machine: 'office-pc' }),
        { id: 'power', type: 'amt-power', machine: 'pc', action: 'switch', wait: true, wires: [['after']] },
        tell('after'),
        { id: 'catch', type: 'catch', scope: null, wires: [['failed']] },
        tell('failed'),
      ),
    );
    nodeRed.inject('power', { payload: 'on' });
    expect(await nodeRed.message('after')).toMatchObject({
      payload: 'on',
      amt: { id: 'power.switch', machine: 'office-pc' },
    });
    nodeRed.inject('power', { payload: 'perhaps' });
    expect(await nodeRed.message('failed')).toMatchObject({
      payload: 'perhaps',
      error: { code: 'INVALID', message: expect.stringContaining('takes true or false') },
    });
  });
});
