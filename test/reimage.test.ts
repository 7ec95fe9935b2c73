/** A person installs a PC anew from an image, from afar and without touching it. */
import { type BlockSource, connect, ImageFailed, memoryImage } from '@amtkit/core';
import { type ReimageOptions, type ReimageStage, reimage } from '@amtkit/core/automation';
import { createSimulator } from '@amtkit/simulator';
import { describe, expect, it } from 'vitest';
import { doorTo } from './support/door.ts';
import { bootableCd, sha256 } from './support/images.ts';
import { type InstallerOptions, type InstallerPc, installerPc } from './support/installer-pc.ts';
import { password, reach, type ScenarioOptions, type Scene, scenario } from './support/scenario.ts';

const image = bootableCd(1024);

/** The product waits as long as PCs take; these take no time. */
const patience = {
  tickMs: 20,
  pollMs: 100,
  idleMs: 200,
  bootMs: 4_000,
  firstRetryMs: 20,
  longestRetryMs: 100,
  quietBeforeMs: 200,
  quietAfterMs: 500,
};

/** Runs to the end. */
async function run(
  { machine }: Scene,
  options: Partial<ReimageOptions> = {},
  seen: (stage: ReimageStage) => unknown = () => {},
): Promise<ReimageStage[]> {
  const stages: ReimageStage[] = [];
  const media = memoryImage(image, { name: 'installer.iso' });
  for await (const stage of reimage(machine, {
    media,
    timeoutMs: 30_000,
    ...options,
    patience: { ...patience, ...options.patience },
  })) {
    stages.push(stage);
    await seen(stage);
  }
  return stages;
}

const last = (stages: readonly ReimageStage[]) => stages.at(-1);

/** A scenario with a PC that has an installer. */
function journey(
  name: string,
  pc: InstallerOptions,
  {
    run: body,
    ...options
  }: Omit<ScenarioOptions, 'run' | 'hardware'> & {
    readonly run: (scene: Scene, pc: InstallerPc) => Promise<void>;
  },
): void {
  const built = installerPc(pc);
  scenario(name, { ...options, hardware: built.hardware, run: (scene) => body(scene, built) });
}

describe('A PC', () => {
  journey(
    'that is off installs itself, switches itself off, and has every byte on its disk',
    {},
    {
      async run(scene, pc) {
        const stages = await run(scene);
        expect(last(stages)).toMatchObject({
          stage: 'finished',
          verdict: 'power-off',
          progress: { percent: 100, sectors: 1024 },
        });
        expect(sha256(pc.disk)).toBe(sha256(image));
        expect(pc.starts).toEqual(['ider-cd']);
        expect(scene.simulator.openSessions).toMatchObject({ ider: false, sol: 0 });
      },
    },
  );

  journey(
    'that is on is reset, installs itself and restarts from its disk',
    { power: 'on', ends: 'restart' },
    {
      async run(scene, pc) {
        expect(last(await run(scene))).toMatchObject({ stage: 'finished', verdict: 'reboot' });
        expect(sha256(pc.disk)).toBe(sha256(image));
        expect(pc.starts).toEqual(['ider-cd', 'disk']);
      },
    },
  );

  journey(
    'of AMT 16, whose redirection is switched off and wanted off again, is installed over TLS',
    {},
    {
      profile: 'amt-16',
      async run(scene, pc) {
        await scene.machine.features.set({ sol: false, ider: false, listener: false });
        const stages = await run(scene, { restore: true, until: { serial: 'Installation finished' } });
        expect(stages).toContainEqual(
          expect.objectContaining({ stage: 'enabling', switchedOn: ['ider', 'sol', 'listener'] }),
        );
        expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'serial' });
        expect(sha256(pc.disk)).toBe(sha256(image));
        expect(await scene.machine.features.read()).toMatchObject({ sol: false, ider: false, listener: false });
      },
    },
  );

  journey(
    'whose loader waits for a key gets it over the serial port',
    { waitsFor: '\r' },
    {
      async run(scene, pc) {
        const stages = await run(scene, { press: 'enter' });
        expect(last(stages)).toMatchObject({ stage: 'finished' });
        expect(sha256(pc.disk)).toBe(sha256(image));
      },
    },
  );

  journey(
    'whose firmware demands consent is installed once the code from its screen was told',
    { power: 'on' },
    {
      async run(scene, pc) {
        const { simulator, machine } = scene;
        await machine.features.set({ consent: 'all' });
        const stages = await run(scene, { consentCode: async () => simulator.firmware.state.consent.code as string });
        expect(stages.map(({ stage }) => stage)).toContain('consent');
        expect(last(stages)).toMatchObject({ stage: 'finished' });
        expect(sha256(pc.disk)).toBe(sha256(image));
      },
    },
  );
});

describe('On the way', () => {
  it('the connection is cut in the middle of a read, comes back, and no byte is wrong', async () => {
    let cuts = 0;
    const pc = installerPc({
      onRead: async (block) => {
        if (block !== 320 && block !== 640) return;
        cuts++;
        // In the middle of the frames that answer the read which begins now.
        setTimeout(() => door.shut(), 2);
        setTimeout(() => door.open(), 60);
      },
    });
    await using simulator = await createSimulator({ speed: 0, password, hardware: pc.hardware });
    await using door = await doorTo(simulator.ports.redirection as number);
    const options = reach(simulator);
    await using machine = await connect({
      ...options,
      tls: 'off',
      ports: { ...options.ports, redirection: door.port },
    });
    const stages = await run({ simulator, machine });
    expect(cuts).toBe(2);
    expect(stages).toContainEqual(expect.objectContaining({ note: 'interrupted' }));
    expect(stages).toContainEqual(expect.objectContaining({ note: 'reattached' }));
    expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'power-off' });
    expect(sha256(pc.disk)).toBe(sha256(image));
  });

  it('the PC is reset in the middle of a read, begins anew, and no byte is wrong', async () => {
    let resets = 0;
    const pc: InstallerPc = installerPc({
      onRead: (block) => {
        if (block === 512 && resets++ === 0) setTimeout(() => void pc.hardware.apply('reset', 'ider-cd'), 1);
      },
    });
    await using simulator = await createSimulator({ speed: 0, password, hardware: pc.hardware });
    await using machine = await connect(reach(simulator));
    const stages = await run({ simulator, machine }, { until: 'power-off' });
    expect(pc.starts).toEqual(['ider-cd', 'ider-cd']);
    expect(stages).toContainEqual(expect.objectContaining({ note: 'bus-reset' }));
    expect(last(stages)).toMatchObject({ stage: 'finished' });
    expect(sha256(pc.disk)).toBe(sha256(image));
  });

  it('the power cannot be cut while the drives are lent, and can be afterwards', async () => {
    let goOn = () => {};
    const half = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const pc = installerPc({ ends: 'stay', onRead: (block) => (block === 512 ? half : undefined) });
    await using simulator = await createSimulator({ speed: 0, password, hardware: pc.hardware });
    await using machine = await connect(reach(simulator));
    const stages = await run({ simulator, machine }, { until: { bytes: 1024 * 2048 } }, async ({ stage }) => {
      if (stage !== 'idle') return;
      await expect(machine.power.off()).rejects.toMatchObject({ busy: true, hint: expect.stringContaining('IDE-R') });
      goOn();
    });
    expect(last(stages)).toMatchObject({ verdict: 'bytes' });
    await machine.power.off();
    expect(await machine.power.state()).toBe('off');
  });

  journey(
    'another console that has the drives already is named as the reason',
    {},
    {
      async run(scene) {
        const other = await scene.machine.mount({ cd: memoryImage(image, { name: 'other.iso' }) });
        expect(last(await run(scene))).toMatchObject({ stage: 'failed', code: 'REDIRECTION_REFUSED' });
        await other.close();
        expect(last(await run(scene))).toMatchObject({ stage: 'finished' });
      },
    },
  );

  journey(
    'the machine vanishes for good, and that is said',
    { onRead: (block) => (block === 512 ? new Promise(() => {}) : undefined) },
    {
      connect: { timeoutMs: 300 },
      async run(scene) {
        let unplugged = false;
        const stages = await run(scene, { patience: { lostMs: 600, cleanUpMs: 400 } }, async ({ stage }) => {
          if (stage !== 'reading' || unplugged) return;
          unplugged = true;
          await scene.simulator.unplug();
        });
        expect(last(stages)).toMatchObject({ stage: 'failed', code: 'VANISHED' });
        await scene.simulator.plug();
      },
    },
  );

  journey(
    'the image can no longer be read, and the PC is told so',
    {},
    {
      async run(scene) {
        const good = memoryImage(image, { name: 'installer.iso' });
        const dying: BlockSource = {
          name: good.name,
          size: good.size,
          [Symbol.asyncDispose]: async () => {},
          async read(offset, target, options) {
            if (offset + target.length > 512 * 2048)
              throw new ImageFailed('installer.iso cannot be read: its server is gone.');
            await good.read(offset, target, options);
          },
        };
        const stages = await run(scene, { media: dying, patience: { imageMs: 300 } });
        expect(last(stages)).toMatchObject({
          code: 'IMAGE_FAILED',
          reason: expect.stringContaining('its server is gone'),
        });
      },
    },
  );
});

describe('Cancelled', () => {
  for (const at of ['attaching', 'booting', 'reading'] as const) {
    journey(
      `while ${at} it leaves a machine that starts from its disk, with nothing attached`,
      { onRead: () => new Promise((resolve) => setTimeout(resolve, 10)) },
      {
        async run(scene, pc) {
          const { simulator, machine } = scene;
          const stop = new AbortController();
          const stages = await run(scene, { signal: stop.signal }, ({ stage }) => stage === at && stop.abort());
          expect(last(stages)).toMatchObject({ stage: 'failed', code: 'CANCELLED' });
          expect(simulator.openSessions).toMatchObject({ ider: false, sol: 0 });
          await machine.power.off();
          await machine.power.on();
          expect(pc.starts.at(-1)).toBe('disk');
        },
      },
    );
  }
});
