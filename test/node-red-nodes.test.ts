/** Every node of the palette in the real Node-RED: what comes in, what goes out, what is said of it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '@amtkit/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { installerCd, pretendPc } from './support/installer.ts';
import { global, nodeRedVersions, tell } from './support/node-red.ts';
import { Lab, type LabOptions, labFlow } from './support/node-red-lab.ts';
import { password } from './support/scenario.ts';
import { screenPc } from './support/screen-pc.ts';
import { readUntil, serialPc } from './support/serial-pc.ts';

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

  it('amt-machine: one with an address, and the one a message names', async () => {
    const { lab, nodeRed } = await open({ pcs: { pc: {}, other: { profile: 'amt-11' } } });
    await nodeRed.deploy(
      labFlow(
        {
          ...global({ id: 'alone', type: 'amt-machine', source: 'host', host: lab.address(), tls: 'off' }),
          credentials: { user: 'admin', password },
        },
        global({ id: 'named', type: 'amt-machine', source: 'message', fleet: 'fleet', property: 'machine' }),
        { id: 'one', type: 'amt-power', machine: 'alone', action: 'state', wires: [['state']] },
        { id: 'any', type: 'amt-action', machine: 'named', capability: 'hw.amt-version', wires: [['version']] },
        tell('state'),
        tell('version'),
      ),
    );
    nodeRed.inject('one');
    expect(await nodeRed.message('state')).toMatchObject({ payload: 'off' });
    nodeRed.inject('any', { machine: 'other' });
    expect(await nodeRed.message('version')).toMatchObject({ amt: { machine: 'other' } });
    nodeRed.inject('any', { machine: 'othre' });
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { code: 'UNKNOWN_MACHINE', message: expect.stringContaining('no machine called "othre" in the book') },
    });
    nodeRed.inject('any', {});
    expect(await nodeRed.message('failed', 2)).toMatchObject({ error: { code: 'INVALID' } });
  });

  it('amt-watch: tells what is known, then what changes, of the machines and readings that are wanted', async () => {
    const { nodeRed } = await open({ pcs: { pc: {}, other: {} } });
    const watch = { id: 'watch', type: 'amt-watch', fleet: 'fleet', machines: 'pc', ids: 'power.*', initial: true };
    await nodeRed.deploy(
      labFlow({ ...watch, kinds: ['value', 'reachability', 'result'], wires: [['change']] }, tell('change'), {
        id: 'on',
        type: 'amt-power',
        machine: 'machine',
        action: 'on',
        wires: [[]],
      }),
    );
    const topics = () => nodeRed.told.map(({ msg }) => msg.topic);
    await expect.poll(topics).toContain('pc/power/state');
    nodeRed.inject('on');
    await expect
      .poll(() => nodeRed.told.filter(({ msg }) => msg.topic === 'pc/power/state').map(({ msg }) => msg.payload))
      .toEqual(['off', 'turning-on', 'on']);
    expect(nodeRed.told.find(({ msg }) => msg.event === 'result')?.msg).toMatchObject({
      id: 'power.on',
      by: 'node-red',
    });
    expect(topics().every((topic) => /^pc\/(power|reachability|result)/.test(topic))).toBe(true);
  });

  it('amt-boot: sets what boots once, in the node or by the message', async () => {
    const { lab, nodeRed } = await open();
    await nodeRed.deploy(
      labFlow(
        { id: 'boot', type: 'amt-boot', machine: 'machine', target: 'msg', now: true, wires: [['set']] },
        tell('set'),
      ),
    );
    nodeRed.inject('boot', { target: 'pxe' });
    expect(await nodeRed.message('set')).toMatchObject({ payload: 'pxe', amt: { id: 'boot.pxe' } });
    await expect.poll(() => lab.pcs.pc?.firmware.state.power).toBe('on');
    nodeRed.inject('boot', { target: 'moon' });
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { message: expect.stringContaining('msg.target takes one of pxe, disk, cd') },
    });
  });

  it('amt-media: lends an image of the book, and tells what becomes of it', async () => {
    const { nodeRed } = await open({ media: { debian: installerCd() } });
    const media = { type: 'amt-media', machine: 'machine', media: 'image', mediaType: 'msg' };
    await nodeRed.deploy(
      labFlow(
        { id: 'attach', ...media, action: 'attach', wires: [['now'], ['event']] },
        { id: 'eject', ...media, action: 'eject', wires: [['now'], []] },
        tell('now'),
        tell('event'),
      ),
    );
    nodeRed.inject('attach', { image: 'debian' });
    expect(await nodeRed.message('now')).toMatchObject({ payload: 'debian', amt: { id: 'media.attach' } });
    expect(await nodeRed.message('event')).toMatchObject({ payload: 'attached', media: 'debian', machine: 'pc' });
    nodeRed.inject('eject');
    expect(await nodeRed.message('now', 2)).toMatchObject({ payload: 'none' });
    expect(await nodeRed.message('event', 2)).toMatchObject({ payload: 'ejected' });
    nodeRed.inject('attach', { image: 'debain' });
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { code: 'INVALID', message: expect.stringContaining('did you mean debian?') },
    });
  });

  it('amt-action: reads, sets and does, with fields of the dialog or the payload', async () => {
    const { lab, nodeRed } = await open();
    const action = { type: 'amt-action', machine: 'machine', wires: [['out']] };
    await nodeRed.deploy(
      labFlow(
        { id: 'read', ...action, capability: 'features.consent' },
        { id: 'set', ...action, capability: 'boot.next', input: { value: { value: 'target', type: 'msg' } } },
        { id: 'do', ...action, capability: 'boot.pxe', input: { now: { value: 'true', type: 'bool' } } },
        { id: 'any', ...action, capability: '' },
        tell('out'),
      ),
    );
    nodeRed.inject('read');
    expect(await nodeRed.message('out')).toMatchObject({ payload: 'none', amt: { id: 'features.consent' } });
    nodeRed.inject('set', { target: 'bios' });
    expect(await nodeRed.message('out', 2)).toMatchObject({ payload: 'bios', amt: { id: 'boot.next' } });
    nodeRed.inject('do');
    expect(await nodeRed.message('out', 3)).toMatchObject({ amt: { id: 'boot.pxe' } });
    await expect.poll(() => lab.pcs.pc?.firmware.state.power).toBe('on');
    nodeRed.inject('any', { action: 'power.switch', payload: false });
    expect(await nodeRed.message('out', 4)).toMatchObject({ payload: false });
    nodeRed.inject('any', { action: 'power.onn' });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'INVALID' } });
  });

  it('amt-serial as a script: waits, answers, and says which step failed', async () => {
    const { hardware, port } = serialPc();
    const { nodeRed } = await open({ pcs: { pc: { hardware } } });
    const serial = { type: 'amt-serial', machine: 'machine', mode: 'script', enable: true, wires: [['ran'], []] };
    await nodeRed.deploy(
      labFlow(
        { id: 'login', ...serial, script: 'send "\\r"\nexpect "login:"\nsend "root\\r"\nlog "as root on ${machine}"' },
        { id: 'vain', ...serial, script: 'expect "never" timeout 50ms' },
        tell('ran'),
      ),
    );
    nodeRed.inject('login', { keep: 'this' });
    await readUntil(port, '\r');
    await port.write(Buffer.from('\r\nlogin: '));
    await readUntil(port, 'root\r');
    expect(await nodeRed.message('ran')).toMatchObject({ payload: 0, log: ['as root on pc'], keep: 'this' });
    nodeRed.inject('vain');
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { code: 'STEP_FAILED', message: expect.stringContaining('line 1: waited 0.05 s for "never"') },
    });
  });

  it('amt-serial as a line: what the PC writes comes out, what messages bring is typed', async () => {
    const { hardware, port } = serialPc();
    const { nodeRed } = await open({ pcs: { pc: { hardware } } });
    const line = { id: 'line', type: 'amt-serial', machine: 'machine', mode: 'line', enable: true };
    await nodeRed.deploy(
      labFlow({ ...line, wires: [['line-out'], ['line-event']] }, tell('line-out'), tell('line-event')),
    );
    await nodeRed.message('line-event');
    await port.write(Buffer.from('\u001b[1mhello\u001b[0m\r\nroot# '));
    expect(await nodeRed.message('line-out')).toMatchObject({ payload: 'hello', topic: 'pc/serial' });
    expect(await nodeRed.message('line-out', 2)).toMatchObject({ payload: 'root# ' });
    nodeRed.inject('line', { payload: 'ls\r' });
    expect(await readUntil(port, 'ls\r')).toBe('ls\r');
    nodeRed.inject('line', { payload: { not: 'text' } });
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { message: expect.stringContaining('What is typed is text or a Buffer') },
    });
  });

  it('amt-screen: a PNG, the same as a reference or another one', async () => {
    const { hardware, screen } = screenPc();
    const { nodeRed } = await open({ pcs: { pc: { hardware } } });
    const shot = { type: 'amt-screen', machine: 'machine' };
    await nodeRed.deploy(
      labFlow(
        {
          id: 'kvm',
          type: 'amt-action',
          machine: 'machine',
          capability: 'features.kvm',
          inputFrom: 'payload',
          wires: [['ready']],
        },
        { id: 'shot', ...shot, wires: [['picture'], []] },
        { id: 'compare', ...shot, compare: 'reference', wires: [['same'], ['other']] },
        { id: 'wait', ...shot, compare: 'reference', until: 'different', every: 0.5, wires: [['never'], ['changed']] },
        ...['ready', 'picture', 'same', 'other', 'changed'].map((name) => tell(name)),
      ),
    );
    nodeRed.inject('kvm', { payload: true });
    await nodeRed.message('ready');
    nodeRed.inject('shot');
    const { payload: reference, width, height } = await nodeRed.message('picture');
    expect(Buffer.from(reference).subarray(1, 4).toString()).toBe('PNG');
    expect([width, height]).toEqual([screen.width, screen.height]);
    nodeRed.inject('compare', { reference });
    expect(await nodeRed.message('same')).toMatchObject({ same: true, difference: 0 });
    nodeRed.inject('wait', { reference });
    screen.paint(2);
    expect(await nodeRed.message('changed')).toMatchObject({ same: false });
    nodeRed.inject('compare', { reference });
    expect((await nodeRed.message('other')).difference).toBeGreaterThan(1);
    nodeRed.inject('compare', { reference: 'a picture' });
    expect(await nodeRed.message('failed')).toMatchObject({
      error: { message: expect.stringContaining('The reference takes a PNG as a Buffer, not "a picture"') },
    });
  });

  it('amt-type: switches KVM on where it is off, types text, presses keys', async () => {
    const { hardware, screen } = screenPc();
    const { nodeRed } = await open({ pcs: { pc: { hardware } } });
    const type = { type: 'amt-type', machine: 'machine', enable: true, wires: [['typed']] };
    await nodeRed.deploy(
      labFlow(
        { id: 'text', ...type, mode: 'text', enter: true },
        { id: 'keys', ...type, mode: 'keys', text: 'ctrl+alt+del', textType: 'str' },
        tell('typed'),
      ),
    );
    nodeRed.inject('text', { payload: 'a' });
    expect(await nodeRed.message('typed')).toMatchObject({ amt: { machine: 'pc', characters: 2 } });
    expect(screen.input).toEqual(['+04', '-04', '+28', '-28']);
    nodeRed.inject('keys');
    await nodeRed.message('typed', 2);
    expect(screen.input).toHaveLength(10);
    nodeRed.inject('text', { payload: 'ж' });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'INVALID' } });
  });

  it('amt-scan: tells each machine as it answers, then the end', async () => {
    const { lab, nodeRed } = await open();
    const { host, ports } = lab.pcs.pc ?? { host: '', ports: { rmcp: 0 } };
    await nodeRed.deploy(
      labFlow(
        { id: 'scan', type: 'amt-scan', port: ports.rmcp, tcp: 'no', wires: [['found'], ['end']] },
        tell('found'),
        tell('end'),
      ),
    );
    nodeRed.inject('scan', { payload: host, keep: 'this' });
    expect(await nodeRed.message('found')).toMatchObject({ topic: host, payload: { address: host }, keep: 'this' });
    expect(await nodeRed.message('end')).toMatchObject({ payload: { count: 1, cancelled: false } });
    nodeRed.inject('scan', { payload: 'not a range/99' });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: expect.any(String) } });
  });

  it('amt-scan: the plugins of the fleet that is chosen hear of what is found', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'amtkit-scout-'));
    try {
      const scout = join(folder, 'scout.mjs');
      const heard = join(folder, 'heard');
      const hook = `discovered: async ({ found }) => appendFileSync(${JSON.stringify(heard)}, found.address)`;
      const source = `import { appendFileSync } from 'node:fs'; export default { name: 'scout', ${hook} };`;
      await writeFile(scout, source);
      const { lab, nodeRed } = await open({ book: { plugins: [{ use: scout }] } });
      const { host, ports } = lab.pcs.pc ?? { host: '', ports: { rmcp: 0 } };
      const scan = { type: 'amt-scan', port: ports.rmcp, tcp: 'no' };
      await nodeRed.deploy(
        labFlow(
          { ...scan, id: 'alone', wires: [[], ['end']] },
          { ...scan, id: 'scan', fleet: 'fleet', wires: [[], ['end']] },
          tell('end'),
        ),
      );
      nodeRed.inject('alone', { payload: host });
      await nodeRed.message('end');
      nodeRed.inject('scan', { payload: host });
      await nodeRed.message('end', 2);
      await expect.poll(() => readFile(heard, 'utf8').catch(() => '')).toBe(host);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('amt-alert: tells what the firmware posts, decoded', async () => {
    const { lab, nodeRed } = await open();
    const flow = labFlow(
      { id: 'alert', type: 'amt-alert', fleet: 'fleet', events: 'case-*', wires: [['alert-out']] },
      { id: 'others', type: 'amt-alert', fleet: 'fleet', events: 'link-*', machines: '@lab', wires: [['never']] },
      tell('alert-out'),
      tell('never'),
    );
    await nodeRed.deploy(flow.map((node) => (node.id === 'fleet' ? { ...node, listen: '127.0.0.1:0' } : node)));
    await expect
      .poll(() => {
        lab.pcs.pc?.raise('case-opened');
        return nodeRed.told.length;
      })
      .toBeGreaterThan(0);
    expect(await nodeRed.message('alert-out')).toMatchObject({
      topic: 'pc/alert',
      event: 'case-opened',
      payload: { source: 'wsman', text: expect.any(String) },
    });
    expect(nodeRed.told.filter(({ name }) => name === 'never')).toEqual([]);
  });

  it('amt-wsman: asks the firmware as it is', async () => {
    const { nodeRed } = await open();
    const wsman = { type: 'amt-wsman', machine: 'machine', wires: [['out']] };
    await nodeRed.deploy(
      labFlow(
        { id: 'get', ...wsman, verb: 'get', class: 'AMT_GeneralSettings' },
        { id: 'all', ...wsman, verb: 'enumerate', class: 'CIM_BootSourceSetting' },
        { id: 'call', ...wsman, verb: 'invoke', class: 'class', classType: 'msg', method: 'method', methodType: 'msg' },
        tell('out'),
      ),
    );
    nodeRed.inject('get');
    expect((await nodeRed.message('out')).payload).toMatchObject({ HostName: expect.any(String) });
    nodeRed.inject('all');
    expect((await nodeRed.message('out', 2)).payload.length).toBeGreaterThan(1);
    nodeRed.inject('call', { class: 'AMT_TimeSynchronizationService', method: 'GetLowAccuracyTimeSynch' });
    expect((await nodeRed.message('out', 3)).payload).toMatchObject({ ReturnValue: '0' });
    nodeRed.inject('call', { class: 'Win32_Process', method: 'Create' });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'INVALID' } });
  });

  it('amt-reimage: installs a PC, with each stage on a wire', async () => {
    const pc = pretendPc();
    const { nodeRed } = await open({ pcs: { pc: { hardware: pc } }, media: { debian: installerCd() } });
    const outputs = ['stage', 'progress', 'done', 'failed'];
    await nodeRed.deploy(
      labFlow(
        {
          id: 'reimage',
          type: 'amt-reimage',
          machine: 'machine',
          media: 'debian',
          wires: outputs.map((name) => [`r-${name}`]),
        },
        ...outputs.map((name) => tell(`r-${name}`)),
      ),
    );
    nodeRed.inject('reimage', { order: 17 });
    expect(await nodeRed.message('r-done')).toMatchObject({
      payload: 'power-off',
      order: 17,
      reimage: { machine: 'pc' },
    });
    const stages = nodeRed.told.filter(({ name }) => name === 'r-stage').map(({ msg }) => msg.payload);
    expect([...new Set(stages)]).toEqual(expect.arrayContaining(['checking', 'attaching', 'booting', 'reading']));
    expect(nodeRed.told.filter(({ name }) => name === 'r-progress').at(-1)?.msg.payload.percent).toBeGreaterThan(0);
    nodeRed.inject('reimage', { timeout: 'soon' });
    expect(await nodeRed.message('r-failed')).toMatchObject({ reimage: { code: 'INVALID' } });
    expect(await nodeRed.message('failed')).toMatchObject({ error: { code: 'INVALID' } });
  });
});
