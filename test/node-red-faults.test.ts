/** Flows in a world that is not well: what the palette says of it, and what it never does. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needs } from '@amtkit/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { global, nodeRedVersions, tell } from './support/node-red.ts';
import { Lab, type LabOptions, labFlow } from './support/node-red-lab.ts';
import { password } from './support/scenario.ts';
import { serialPc } from './support/serial-pc.ts';

const power = { type: 'amt-power', machine: 'machine', action: 'state', wires: [['out']] };

/** Each starts a Node-RED, or several. */
vi.setConfig({ testTimeout: 60_000 });

describe.each(nodeRedVersions)('%s', needs('peers'), (version) => {
  const labs: Lab[] = [];
  afterEach(async () => {
    for (const lab of labs.splice(0)) await lab[Symbol.asyncDispose]();
  });
  async function open(options: LabOptions = {}) {
    const lab = await Lab.open(version, options);
    labs.push(lab);
    return { lab, nodeRed: lab.nodeRed };
  }

  it('A node without its configuration says so at the start, and to each message', async () => {
    const { nodeRed } = await open();
    await nodeRed.deploy(
      labFlow(
        { id: 'alone', ...power, machine: '' },
        { id: 'gone', ...power, machine: 'was deleted' },
        { id: 'reimage', type: 'amt-reimage', machine: '', wires: [[], [], [], ['not-begun']] },
        tell('out'),
        tell('not-begun'),
      ),
    );
    expect(nodeRed.complaints.filter((line) => line.includes('No machine is chosen'))).toHaveLength(3);
    for (const node of ['alone', 'gone', 'reimage']) nodeRed.inject(node, { from: node });
    expect(await nodeRed.message('failed', 3)).toMatchObject({ error: { code: 'INVALID' } });
    expect(await nodeRed.message('not-begun')).toMatchObject({ reimage: { code: 'INVALID' } });
  });

  it('Messages of the wrong kind are refused with a sentence', async () => {
    const { nodeRed } = await open();
    await nodeRed.deploy(labFlow({ id: 'state', ...power }, { id: 'switch', ...power, action: 'switch' }, tell('out')));
    nodeRed.inject('state', { timeout: 'soon' });
    nodeRed.inject('state', { timeout: -1 });
    nodeRed.inject('switch', { payload: { on: true } });
    nodeRed.inject('switch', { payload: true, transaction: 17 });
    await nodeRed.message('failed', 4);
    const sentences = nodeRed.told.map(({ msg }) => msg.error.message);
    expect(sentences).toEqual(
      expect.arrayContaining([
        'InvalidFlow: msg.timeout takes seconds, more than 0 and at most 604800, not "soon".',
        'InvalidFlow: msg.timeout takes seconds, more than 0 and at most 604800, not -1.',
        'InvalidFlow: msg.payload takes true or false, on or off, not {"on":true}.',
        'InvalidFlow: msg.transaction takes text, not 17.',
      ]),
    );
  });

  it('A machine that does not answer, and one that refuses the password, have codes of their own', async () => {
    const { lab, nodeRed } = await open();
    const alone = (id: string, host: string, given: string) => ({
      ...global({ id, type: 'amt-machine', source: 'host', host, tls: 'off' }),
      credentials: { user: 'admin', password: given },
    });
    await nodeRed.deploy(
      labFlow(
        alone('nobody', '127.0.0.1:1', password),
        alone('stranger', lab.address(), 'wrong'),
        { id: 'silent', ...power, machine: 'nobody' },
        { id: 'refused', ...power, machine: 'stranger' },
        tell('out'),
      ),
    );
    nodeRed.inject('silent');
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'CONNECT_FAILED' } });
    nodeRed.inject('refused');
    expect(await nodeRed.message('failed', 2)).toMatchObject({ error: { code: 'AUTHENTICATION_FAILED' } });
    const told = JSON.stringify([nodeRed.told, nodeRed.log]);
    expect(told).not.toContain(password);
    expect(told).not.toContain('wrong"');
  });

  it('What takes too long is given up after the seconds of the message', async () => {
    const { lab, nodeRed } = await open();
    await lab.pcs.pc?.unplug({ silent: true });
    await nodeRed.deploy(labFlow({ id: 'state', ...power }, tell('out')));
    nodeRed.inject('state', { timeout: 0.3 });
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { code: 'TIMED_OUT', message: expect.stringContaining('power.state was not done within 0.3 s') },
    });
  });

  it('A machine that is renamed in the book while the flow runs is missed by its old name, and found by its new one', async () => {
    const { lab, nodeRed } = await open();
    const named = global({ id: 'named', type: 'amt-machine', source: 'message', fleet: 'fleet', property: 'machine' });
    await nodeRed.deploy(labFlow(named, { id: 'state', ...power, machine: 'named' }, tell('out')));
    nodeRed.inject('state', { machine: 'pc' });
    await nodeRed.message('out');
    await lab.book.rewrite({ 'pc-2': lab.pcs.pc as never });
    await expect
      .poll(async () => {
        nodeRed.inject('state', { machine: 'pc-2' });
        return nodeRed.told.filter(({ name }) => name === 'out').length;
      })
      .toBeGreaterThan(1);
    nodeRed.inject('state', { machine: 'pc', last: true });
    await expect.poll(() => nodeRed.told.find(({ msg }) => msg.last)?.msg.error?.code).toBe('UNKNOWN_MACHINE');
  });

  it('Two flows that command one PC are served one after the other', async () => {
    const { lab, nodeRed } = await open();
    await nodeRed.deploy(
      labFlow(
        { id: 'one', ...power, action: 'on', wait: true, wires: [['first']] },
        { id: 'two', ...power, action: 'reset', wait: true, wires: [['second']] },
        tell('first'),
        tell('second'),
      ),
    );
    nodeRed.inject('one');
    await nodeRed.message('first');
    for (const node of ['one', 'two', 'one', 'two']) nodeRed.inject(node);
    await nodeRed.message('first', 3);
    await nodeRed.message('second', 2);
    expect(lab.pcs.pc?.firmware.state.power).toBe('on');
    expect(lab.pcs.pc?.received.connections.total).toBeLessThanOrEqual(2);
  });

  it('A thousand messages in a second: a hundred are kept, and each of the others is told', async () => {
    const { lab, nodeRed } = await open();
    await nodeRed.deploy(labFlow({ id: 'state', ...power }, tell('out')));
    nodeRed.inject('state');
    await nodeRed.message('out');
    for (let n = 0; n < 1_000; n++) nodeRed.inject('state', { n });
    await expect.poll(() => nodeRed.told.length).toBe(1_001);
    const full = nodeRed.told.filter(({ msg }) => msg.error?.code === 'QUEUE_FULL');
    expect(full.length).toBeGreaterThan(0);
    expect(full[0]?.msg.error.message).toContain('100 messages wait');
    expect(nodeRed.told.length - full.length).toBeGreaterThanOrEqual(101);
    expect(lab.pcs.pc?.received.connections.open).toBeLessThanOrEqual(1);
  });

  it('A plugin of the book that says no is heard, and named', async () => {
    const { lab, nodeRed } = await open({ book: { plugins: [{ use: './quiet.mjs' }] } });
    const plugin = `export default { name: 'quiet-hours', beforeAction: ({ id }) => id === 'power.off' ? { veto: 'people work' } : undefined };`;
    await writeFile(join(lab.book.path, '..', 'quiet.mjs'), plugin, { mode: 0o600 });
    await nodeRed.deploy(
      labFlow({ id: 'off', ...power, action: 'off' }, { id: 'on', ...power, action: 'on' }, tell('out')),
    );
    nodeRed.inject('off');
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { code: 'VETOED', message: expect.stringContaining('quiet-hours: people work') },
    });
    nodeRed.inject('on');
    expect(await nodeRed.message('out')).toMatchObject({ amt: { id: 'power.on' } });
  });

  it('A book that is wrong is named at the start and in each error, and taken when it is right', async () => {
    const { lab, nodeRed } = await open();
    await writeFile(lab.book.path, 'machines: [', { mode: 0o600 });
    await nodeRed.deploy(labFlow({ id: 'state', ...power }, tell('out')));
    nodeRed.inject('state');
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { code: 'INVALID_BOOK', message: expect.stringContaining('amtkit.yaml') },
    });
    expect(nodeRed.complaints.join('\n')).toContain('amtkit.yaml');
    await lab.book.rewrite({ pc: lab.pcs.pc as never });
    nodeRed.inject('state');
    expect(await nodeRed.message('out')).toMatchObject({ payload: 'off' });
  });

  it('Deploys end connections and sessions, each time, and open them anew', async () => {
    const { hardware, port } = serialPc();
    const { lab, nodeRed } = await open({ pcs: { pc: { hardware } } });
    const { pc } = lab.pcs;
    const nodes = labFlow(
      { id: 'line', type: 'amt-serial', machine: 'machine', mode: 'line', enable: true, wires: [['said'], []] },
      { id: 'state', ...power },
      tell('out'),
      tell('said'),
    );
    for (const [n, how] of (['full', 'flows', 'full', 'nodes', 'full'] as const).entries()) {
      await nodeRed.deploy(
        nodes.map((node) => (node.id === 'line' ? { ...node, name: `line ${n}` } : node)),
        how,
      );
      await expect.poll(() => Number(pc?.openSessions.sol)).toBe(1);
      nodeRed.inject('state');
      await nodeRed.message('out', n + 1);
      await port.write(Buffer.from(`deploy ${n}\r\n`));
      expect(await nodeRed.message('said', n + 1)).toMatchObject({ payload: `deploy ${n}` });
      // Of a session that was left behind it would come twice.
      expect(nodeRed.told).toHaveLength(2 * (n + 1));
      expect(nodeRed.complaints).toEqual([]);
      expect(pc?.received.connections.open).toBeLessThanOrEqual(1);
    }
    await nodeRed.deploy([]);
    await expect.poll(() => Number(pc?.openSessions.sol)).toBe(0);
    await expect.poll(() => pc?.received.connections.open).toBe(0);
  });
});
