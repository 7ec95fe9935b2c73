/** A reimage of a flow, through everything that happens to flows: deploys, cancels, and the end of Node-RED. */
import { needs } from '@amtkit/core/testing';
import type { MemoryPc } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { installedSum, installerCd, pretendPc } from './support/installer.ts';
import { type FlowNode, global, NodeRed, nodeRedVersions, tell } from './support/node-red.ts';
import { Lab, labFlow } from './support/node-red-lab.ts';
import { password } from './support/scenario.ts';

const OUTPUTS = ['stage', 'progress', 'done', 'not-done'];
const node = {
  id: 'reimage',
  type: 'amt-reimage',
  machine: 'machine',
  media: 'waiting',
  mediaType: 'str',
  wires: OUTPUTS.map((name) => [name]),
};

/** The flow; the node in it may differ from one deploy to the next. */
function flowWith(more: Readonly<Record<string, unknown>> = {}, others: readonly FlowNode[] = []): FlowNode[] {
  return labFlow({ ...node, ...more }, ...OUTPUTS.map((name) => tell(name)), ...others);
}

/** Each starts a Node-RED, or several. */
vi.setConfig({ testTimeout: 90_000 });

describe.each(nodeRedVersions)('%s', needs('peers'), (version) => {
  const labs: Lab[] = [];
  afterEach(async () => {
    for (const lab of labs.splice(0)) await lab[Symbol.asyncDispose]();
  });

  /** A lab whose PC waits in its loader for a key, with the reimage under way. */
  async function inTheMiddle(flow: readonly FlowNode[] = flowWith(), msg: Readonly<Record<string, unknown>> = {}) {
    const pc = pretendPc();
    const media = { waiting: installerCd('poweroff', 'print Press a key.\npause'), plain: installerCd() };
    const lab = await Lab.open(version, { pcs: { pc: { hardware: pc } }, media });
    labs.push(lab);
    const { nodeRed } = lab;
    await nodeRed.deploy(flow);
    nodeRed.inject('reimage', msg);
    await expect.poll(() => nodeRed.told.some(({ msg }) => msg.payload === 'reading')).toBe(true);
    await expect.poll(() => lab.pcs.pc?.openSessions.ider).toBe(true);
    return { lab, nodeRed, pc, simulator: lab.pcs.pc };
  }
  const said = (lab: Lab, what: RegExp) => lab.nodeRed.log.filter(({ text }) => what.test(text));

  it.each(['full', 'flows', 'nodes'] as const)(
    'goes on through a deploy of %s, and the new node tells the rest',
    async (how) => {
      const { lab, nodeRed, pc } = await inTheMiddle(flowWith(), { order: 17 });
      await nodeRed.deploy(flowWith({ name: 'renamed' }), how);
      expect(said(lab, /pc: the reimage that was begun before the deploy goes on/)).toHaveLength(1);
      await nodeRed.deploy(flowWith({ name: 'renamed again' }), how);
      expect(lab.pcs.pc?.openSessions.ider).toBe(true);
      press(pc);
      expect(await nodeRed.message('done')).toMatchObject({ payload: 'power-off', order: 17 });
      expect(pc.disk.sha256).toBe(installedSum);
      expect(nodeRed.told.filter(({ name }) => name === 'done')).toHaveLength(1);
      await expect.poll(() => lab.pcs.pc?.openSessions.ider).toBe(false);
    },
  );

  it('goes on at a machine with an address of its own, which has no fleet but its own', async () => {
    const pc = pretendPc();
    const lab = await Lab.open(version, {
      pcs: { pc: { hardware: pc } },
      media: { waiting: installerCd('poweroff', 'pause') },
    });
    labs.push(lab);
    const alone = {
      ...global({
        id: 'machine',
        type: 'amt-machine',
        source: 'host',
        fleet: 'fleet',
        host: lab.address(),
        tls: 'off',
      }),
      credentials: { user: 'admin', password },
    };
    const flow = flowWith().map((each) => (each.id === 'machine' ? alone : each));
    await lab.nodeRed.deploy(flow);
    lab.nodeRed.inject('reimage');
    await expect.poll(() => lab.nodeRed.told.some(({ msg }) => msg.payload === 'reading')).toBe(true);
    await lab.nodeRed.deploy(flow);
    press(pc);
    expect(await lab.nodeRed.message('done')).toMatchObject({ payload: 'power-off' });
    await expect.poll(() => pc.disk.sha256).toBe(installedSum);
  });

  it('ends with a deploy where the node is set to that, and says so', async () => {
    const { lab, nodeRed, simulator } = await inTheMiddle(flowWith({ onDeploy: 'cancel' }));
    await nodeRed.deploy(flowWith({ onDeploy: 'cancel' }));
    expect(said(lab, /pc: the reimage was cancelled \(\w+\), because the flow was deployed anew/)).toHaveLength(1);
    expect(simulator?.openSessions.ider).toBe(false);
    expect(simulator?.firmware.state.boot.source).toBeUndefined();
  });

  it('ends when its node is deleted, and when the settings of its fleet change', async () => {
    const { lab, nodeRed, simulator } = await inTheMiddle();
    await nodeRed.deploy(labFlow(), 'nodes');
    await expect.poll(() => simulator?.openSessions.ider).toBe(false);
    expect(said(lab, /pc: the reimage was cancelled/)).toHaveLength(1);
    const { nodeRed: other, simulator: second } = await inTheMiddle();
    await other.deploy(flowWith().map((each) => (each.id === 'fleet' ? { ...each, poll: 1 } : each)));
    expect(await other.message('not-done')).toMatchObject({ reimage: { code: 'CANCELLED' } });
    await expect.poll(() => second?.openSessions.ider).toBe(false);
  });

  it('is cancelled by a message', async () => {
    const { nodeRed, simulator } = await inTheMiddle();
    nodeRed.inject('reimage', { cancel: true });
    expect(await nodeRed.message('not-done')).toMatchObject({ reimage: { code: 'CANCELLED' } });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'CANCELLED' } });
    expect(simulator?.openSessions.ider).toBe(false);
    expect(nodeRed.told.filter(({ name }) => name === 'not-done')).toHaveLength(1);
  });

  it('has cleaned up when Node-RED has stopped in the middle of it', async () => {
    const { lab, nodeRed, simulator } = await inTheMiddle();
    await nodeRed.stop();
    expect(simulator?.openSessions.ider).toBe(false);
    expect(said(lab, /pc: the reimage was cancelled \(\w+\), because the flows were stopped/)).toHaveLength(1);
  });

  it('that ended with Node-RED is told when that has started again', async () => {
    const { lab, nodeRed } = await inTheMiddle();
    await nodeRed.stop();
    await using again = await NodeRed.start(version, {
      userDir: nodeRed.folder,
      env: { AMTKIT_CONFIG: lab.book.path },
    });
    expect(await again.message('not-done')).toMatchObject({
      payload: expect.stringMatching(/^The reimage of pc that was begun at .* ended with Node-RED\.$/),
      reimage: { code: 'INTERRUPTED', machine: 'pc' },
    });
    await again.stop();
    await using third = await NodeRed.start(version, {
      userDir: nodeRed.folder,
      env: { AMTKIT_CONFIG: lab.book.path },
    });
    expect(third.complaints).toEqual([]);
    expect(third.told).toEqual([]);
  });

  it('of a PC that is being reimaged is refused, and the first one goes on', async () => {
    const { nodeRed, pc } = await inTheMiddle(
      flowWith({}, [{ ...node, id: 'second', media: 'plain', wires: [[], [], [], ['refused']] }, tell('refused')]),
    );
    nodeRed.inject('second');
    expect(await nodeRed.message('refused')).toMatchObject({
      reimage: { code: 'REFUSED', reason: expect.stringContaining('pc is being reimaged from waiting') },
    });
    press(pc);
    expect(await nodeRed.message('done')).toMatchObject({ payload: 'power-off' });
  });

  it('that fails says why, on its wire and to Catch nodes', async () => {
    const { nodeRed, pc } = await inTheMiddle(flowWith({ until: 'serial:all done' }));
    await pc.apply('off');
    expect(await nodeRed.message('not-done')).toMatchObject({
      payload: expect.any(String),
      reimage: { code: 'SWITCHED_OFF' },
    });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'SWITCHED_OFF' } });
  });
});

/** What the loader waits for. */
function press(pc: MemoryPc): void {
  pc.screen?.key(0x2c, true);
  pc.screen?.key(0x2c, false);
}
