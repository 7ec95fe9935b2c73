/** A person installs a PC anew from an image, from afar and without touching it. */
import { connect, ImageFailed, memoryImage, screenshot } from '@amtkit/core';
import { type ReimageOptions, type ReimageStage, reimage } from '@amtkit/core/automation';
import { createSimulator, type MemoryPc } from '@amtkit/simulator';
import { describe, expect, it, vi } from 'vitest';
import { doorTo } from './support/door.ts';
import { heldImage, installedSum, installerCd, pretendPc } from './support/installer.ts';
import { password, reach, type ScenarioOptions, type Scene, scenario } from './support/scenario.ts';

vi.setConfig({ testTimeout: 30_000 });

const cd = installerCd();

/** The product waits as long as PCs take; these take no time. */
const patience = {
  tickMs: 20,
  pollMs: 100,
  idleMs: 200,
  bootMs: 10_000,
  firstRetryMs: 20,
  longestRetryMs: 100,
};

/** Runs to the end. */
async function run(
  { machine }: Pick<Scene, 'machine'>,
  options: Partial<ReimageOptions> = {},
  seen: (stage: ReimageStage) => unknown = () => {},
): Promise<ReimageStage[]> {
  const stages: ReimageStage[] = [];
  const media = memoryImage(cd, { name: 'installer.iso' });
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
const serialOf = (stages: readonly ReimageStage[]) =>
  stages.map((stage) => (stage.stage === 'serial' ? stage.text : '')).join('');

/** A scenario with a PC whose disk a test can look at. */
function journey(
  name: string,
  {
    power,
    run: body,
    ...options
  }: Omit<ScenarioOptions, 'run' | 'hardware' | 'power'> & {
    readonly power?: 'on' | 'off';
    readonly run: (scene: Scene, pc: MemoryPc) => Promise<void>;
  },
): void {
  const pc = pretendPc(power);
  scenario(name, { ...options, hardware: pc, run: (scene) => body(scene, pc) });
}

describe('A PC', () => {
  journey('that is off installs itself, switches itself off, and has every byte on its disk', {
    async run(scene, pc) {
      const stages = await run(scene);
      expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'power-off' });
      expect(pc.disk).toMatchObject({ system: 'installed', sha256: installedSum });
      expect(serialOf(stages)).toContain(`Verified, SHA-256 ${installedSum}\r\n`);
      expect(scene.simulator.openSessions).toMatchObject({ ider: false, sol: 0 });
    },
  });

  journey('that is on is reset, installs itself and restarts from its disk', {
    power: 'on',
    async run(scene, pc) {
      const stages = await run(scene, { media: memoryImage(installerCd('reboot'), { name: 'installer.iso' }) });
      expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'reboot' });
      expect(pc.disk.sha256).toBe(installedSum);
      expect(pc.bootedFrom).toBe('disk');
    },
  });

  journey('of AMT 16, whose redirection is switched off and wanted off again, is installed over TLS', {
    profile: 'amt-16',
    async run(scene, pc) {
      await scene.machine.features.set({ sol: false, ider: false, listener: false });
      const stages = await run(scene, { restore: true, until: { serial: 'Installation finished' } });
      expect(stages).toContainEqual(
        expect.objectContaining({ stage: 'enabling', switchedOn: ['ider', 'sol', 'listener'] }),
      );
      expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'serial' });
      expect(pc.disk.sha256).toBe(installedSum);
      expect(await scene.machine.features.read()).toMatchObject({ sol: false, ider: false, listener: false });
    },
  });

  for (const [where, profile, keys, typed] of [
    ['over the keyboard of its screen', 'amt-12', 'KeyEvent', 'SolDataToHost'],
    ['over the serial port where it has no KVM', 'ism', 'SolDataToHost', 'KeyEvent'],
  ] as const) {
    journey(`whose loader waits for a key gets it ${where}`, {
      profile,
      async run(scene, pc) {
        const media = memoryImage(installerCd('poweroff', 'press-key 10'), { name: 'installer.iso' });
        expect(last(await run(scene, { media, press: 'enter' }))).toMatchObject({ stage: 'finished' });
        expect(pc.disk.sha256).toBe(installedSum);
        const { received } = scene.simulator;
        expect(received.messages(keys).length).toBeGreaterThan(0);
        expect(received.messages(typed)).toEqual([]);
      },
    });
  }

  journey('that ends with a screen that stays as it is has succeeded where that was named', {
    async run(scene, pc) {
      const media = memoryImage(installerCd('wait 3600'), { name: 'installer.iso' });
      const pictures: Promise<Uint8Array>[] = [];
      const stages = await run(scene, {
        media,
        until: { still: 0.02 },
        onScreen: (screen) => pictures.push(screenshot(screen)),
      });
      expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'still' });
      expect(pc.disk.sha256).toBe(installedSum);
      expect((await Promise.all(pictures)).map((png) => String.fromCharCode(...png.subarray(1, 4)))).toEqual(['PNG']);
      expect(scene.simulator.openSessions.kvm).toBe(false);
    },
  });

  journey('whose loader waits for a key that nobody presses starts its disk, and that is no success', {
    async run(scene, pc) {
      const media = memoryImage(installerCd('poweroff', 'press-key 1'), { name: 'installer.iso' });
      const stages = await run(scene, { media, timeoutMs: 3_000, patience: { quietAfterMs: 500 } });
      expect(pc.bootedFrom).toBe('disk');
      expect(stages).toContainEqual(expect.objectContaining({ message: expect.stringContaining('waited for a key') }));
      expect(last(stages)).toMatchObject({ stage: 'failed', code: 'NOT_FINISHED' });
      expect(pc.disk.system).toBe('factory');
    },
  });

  journey('whose firmware demands consent is installed once the code from its screen was told', {
    power: 'on',
    async run(scene, pc) {
      const { simulator, machine } = scene;
      await machine.features.set({ consent: 'all' });
      const stages = await run(scene, { consentCode: async () => simulator.firmware.state.consent.code as string });
      expect(stages.map(({ stage }) => stage)).toContain('consent');
      expect(last(stages)).toMatchObject({ stage: 'finished' });
      expect(pc.disk.sha256).toBe(installedSum);
    },
  });
});

describe('On the way', () => {
  it('the connection is cut in the middle of a read, comes back, and no byte is wrong', async () => {
    const pc = pretendPc();
    await using simulator = await createSimulator({ speed: 0, password, hardware: pc });
    await using door = await doorTo(simulator.ports.redirection as number);
    const options = reach(simulator);
    await using machine = await connect({
      ...options,
      tls: 'off',
      ports: { ...options.ports, redirection: door.port },
    });
    const media = heldImage(cd);
    media.holdAt = 0.5;
    const stages = await run({ machine }, { media }, (stage) => {
      if (stage.stage === 'idle' && media.holdAt !== undefined) {
        door.shut();
        media.release();
      } else if (stage.stage === 'note' && stage.note === 'interrupted') door.open();
    });
    expect(stages).toContainEqual(expect.objectContaining({ note: 'reattached' }));
    expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'power-off' });
    expect(pc.disk.sha256).toBe(installedSum);
  });

  journey('the PC is reset in the middle of a read, begins anew, and no byte is wrong', {
    async run(scene, pc) {
      const media = heldImage(cd);
      media.holdAt = 0.5;
      const stages = await run(scene, { media, until: 'power-off' }, async ({ stage }) => {
        if (stage !== 'idle' || media.holdAt === undefined) return;
        await pc.apply('reset', 'ider-cd');
        media.release();
      });
      expect(stages).toContainEqual(expect.objectContaining({ note: 'bus-reset' }));
      expect(last(stages)).toMatchObject({ stage: 'finished' });
      expect(pc.disk.sha256).toBe(installedSum);
    },
  });

  journey('the power cannot be cut while the drives are lent, and can be afterwards', {
    async run(scene) {
      const { machine } = scene;
      const media = heldImage(installerCd('pause'));
      media.holdAt = 0.5;
      const stages = await run(scene, { media, until: { serial: 'Installation finished' } }, async ({ stage }) => {
        if (stage !== 'idle' || media.holdAt === undefined) return;
        const hint = expect.stringContaining('IDE-R');
        await expect(machine.power.off()).rejects.toMatchObject({ busy: true, hint });
        media.release();
      });
      expect(last(stages)).toMatchObject({ verdict: 'serial' });
      await machine.power.off();
      expect(await machine.power.state()).toBe('off');
    },
  });

  journey('another console that has the drives already is named as the reason', {
    async run(scene) {
      const other = await scene.machine.mount({ cd: memoryImage(cd, { name: 'other.iso' }) });
      expect(last(await run(scene))).toMatchObject({ stage: 'failed', code: 'REDIRECTION_REFUSED' });
      await other.close();
      expect(last(await run(scene))).toMatchObject({ stage: 'finished' });
    },
  });

  journey('the machine vanishes for good, and that is said', {
    connect: { timeoutMs: 300 },
    async run(scene) {
      const media = heldImage(cd);
      media.holdAt = 0.5;
      let unplugged = false;
      const stages = await run(scene, { media, patience: { lostMs: 600, cleanUpMs: 400 } }, async ({ stage }) => {
        if (stage !== 'idle' || unplugged) return;
        unplugged = true;
        await scene.simulator.unplug();
      });
      expect(last(stages)).toMatchObject({ stage: 'failed', code: 'VANISHED' });
      await scene.simulator.plug();
    },
  });

  journey('the image can no longer be read, and the PC is told so', {
    async run(scene, pc) {
      const media = heldImage(cd);
      media.holdAt = 0.5;
      const stages = await run(scene, { media, patience: { imageMs: 300 } }, ({ stage }) => {
        if (stage !== 'idle' || media.holdAt === undefined) return;
        media.fails = new ImageFailed('installer.iso cannot be read: its server is gone.');
        media.release();
      });
      expect(stages).toContainEqual(expect.objectContaining({ note: 'image-failed' }));
      expect(last(stages)).toMatchObject({
        code: 'IMAGE_FAILED',
        reason: expect.stringContaining('its server is gone'),
      });
      expect(pc.disk.system).toBe('none');
    },
  });
});

describe('Cancelled', () => {
  for (const at of ['attaching', 'booting', 'reading', 'idle'] as const) {
    journey(`while ${at} it leaves a machine with nothing attached and nothing set for its next start`, {
      async run(scene) {
        const { simulator } = scene;
        const media = heldImage(cd);
        media.holdAt = 0.5;
        const stop = new AbortController();
        const stages = await run(scene, { media, signal: stop.signal }, ({ stage }) => stage === at && stop.abort());
        expect(last(stages)).toMatchObject({ stage: 'failed', code: 'CANCELLED' });
        expect(simulator.openSessions).toMatchObject({ ider: false, sol: 0 });
        expect(simulator.firmware.state.boot).toMatchObject({ next: false, options: {} });
        media.release();
      },
    });
  }
});
