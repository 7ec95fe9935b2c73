import { describe, expect, it } from 'vitest';
import { AuthenticationFailed, ConnectFailed, ImageFailed } from '../errors.ts';
import type { BlockSource } from '../redirection/ider/image.ts';
import { memoryImage } from '../redirection/ider/image.ts';
import type { ReimageStage, ReimageStageName } from './reimage/stages.ts';
import { reimage } from './reimage.ts';
import { bootableCd, PretendPc, refused } from './testing/pretend-pc.ts';
import {
  cd,
  installs,
  last,
  later,
  media,
  names,
  patience,
  reads,
  run,
  serial,
  switchesOff,
} from './testing/reimaging.ts';

describe('Failure is', () => {
  it('nothing read, with what to look at; the override is taken back', async () => {
    const pc = new PretendPc();
    const stages = await run(pc, { patience: { bootMs: 600 } });
    expect(last(stages)).toMatchObject({
      stage: 'failed',
      code: 'NOTHING_READ',
      hint: expect.stringContaining('Secure Boot'),
    });
    expect(pc.asked.slice(-2).toSorted()).toEqual(['boot.clear', 'media ended']);
  });

  it('another end than the one that was named', async () => {
    const pc = new PretendPc();
    installs(pc);
    expect(last(await run(pc, { until: { serial: 'finished' } }))).toMatchObject({
      code: 'SWITCHED_OFF',
      reason: 'pc switched itself off after 132 kB, but was to go on until the serial port says "finished".',
    });
  });

  it('a PC that switches itself off before it has read', async () => {
    const pc = new PretendPc();
    pc.onStart = () => later(() => switchesOff(pc));
    expect(last(await run(pc))).toMatchObject({
      code: 'SWITCHED_OFF',
      reason: 'pc switched itself off before it read from debian.',
    });
  });

  it('more time than it was given', async () => {
    const pc = new PretendPc();
    installs(pc, () => {});
    const stages = await run(pc, { timeoutMs: 800 });
    expect(last(stages)).toMatchObject({ code: 'NOT_FINISHED', reason: expect.stringContaining('the last of it') });
  });

  it('an image server that dies, when the PC does not read on', async () => {
    const pc = new PretendPc();
    let alive = true;
    const dying: BlockSource = {
      name: cd.name,
      size: cd.size,
      [Symbol.asyncDispose]: async () => {},
      read: async (...read) => {
        if (!alive) throw new ImageFailed('https://images.lan/debian.iso cannot be read: the server is gone.');
        await cd.read(...read);
      },
    };
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 32);
        alive = false;
        await reads(pc, 32, 4);
      });
    const stages = await run(pc, { media: dying });
    expect(stages).toContainEqual(expect.objectContaining({ note: 'image-failed' }));
    expect(last(stages)).toMatchObject({ code: 'IMAGE_FAILED', reason: expect.stringContaining('the server is gone') });
  });

  it('not a read error after which the image is there again', async () => {
    const pc = new PretendPc();
    let alive = true;
    const flaky: BlockSource = {
      name: cd.name,
      size: cd.size,
      [Symbol.asyncDispose]: async () => {},
      read: async (...read) => {
        if (!alive) throw new ImageFailed('not now');
        await cd.read(...read);
      },
    };
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 32);
        alive = false;
        await reads(pc, 32, 4);
        alive = true;
        later(() => void reads(pc, 32, 32));
        later(() => switchesOff(pc), 150);
      });
    expect(last(await run(pc, { media: flaky }))).toMatchObject({ stage: 'finished', verdict: 'power-off' });
  });

  it('a machine that vanishes mid-install', async () => {
    const pc = new PretendPc();
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 16);
        pc.fails = () => new ConnectFailed('pc does not answer.');
        media(pc).cut(new ConnectFailed('pc reset the connection.'));
      });
    const stages = await run(pc, { patience: { lostMs: 60 } });
    expect(stages).toContainEqual(expect.objectContaining({ note: 'interrupted' }));
    expect(stages).toContainEqual(expect.objectContaining({ note: 'silent' }));
    expect(stages).toContainEqual(
      expect.objectContaining({ note: 'warning', message: expect.stringContaining('boot override was not cleared') }),
    );
    expect(last(stages)).toMatchObject({ code: 'VANISHED' });
  });

  it('a password that was changed meanwhile; it is tried once', async () => {
    const pc = new PretendPc();
    let tried = 0;
    pc.onStart = () => {
      pc.fails = (call) =>
        call === 'power.state' && ++tried ? new AuthenticationFailed('pc refused admin.') : undefined;
    };
    expect(last(await run(pc))).toMatchObject({ code: 'AUTHENTICATION_FAILED', reason: 'pc refused admin.' });
    expect(tried).toBe(1);
  });

  it.each([
    ['an empty image', memoryImage(new Uint8Array(), { name: 'x' }), 'x is empty: there is nothing to start from.'],
    [
      'an archive',
      memoryImage(new Uint8Array(70_000), { name: 'x.gz' }),
      'x.gz is neither a CD image nor a disk image with a boot sector.',
    ],
    [
      'a CD without a boot record',
      memoryImage(
        bootableCd().map((byte, i) => (i === 17 * 2048 + 7 ? 0 : byte)),
        { name: 'music.iso' },
      ),
      'music.iso (TEST) is a CD image without a boot record: no machine starts from it.',
    ],
  ])('%s, before anything was switched', async (_what, image, reason) => {
    const pc = new PretendPc();
    expect(last(await run(pc, { media: image }))).toMatchObject({ code: 'IMAGE_FAILED', reason });
    expect(pc.asked).toEqual([]);
  });

  it('a firmware that cannot start from redirected drives', async () => {
    const pc = new PretendPc();
    pc.targets = ['pxe'];
    expect(last(await run(pc))).toMatchObject({ code: 'NOT_SUPPORTED' });
  });
});

describe('On the way it', () => {
  it('brings back what drops, and goes on', async () => {
    const pc = new PretendPc();
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 16);
        media(pc).cut(new ConnectFailed('pc reset the connection.'));
        serial(pc).cut(new ConnectFailed('pc reset the connection.'));
        await expect.poll(() => pc.sessions.length).toBe(2);
        await expect.poll(() => pc.serials.length).toBe(2);
        await reads(pc, 16, 48);
        later(() => switchesOff(pc), 40);
      });
    const stages = await run(pc);
    expect(stages.filter((stage) => stage.stage === 'note' && stage.note === 'reattached')).toHaveLength(2);
    expect(pc.sessions[1]?.options.start).toBe('now');
    expect(last(stages)).toMatchObject({ stage: 'finished', progress: { sectors: 64 } });
  });

  it('survives a firmware that is silent for a while', async () => {
    const pc = new PretendPc();
    installs(pc, () => {
      pc.fails = () => new ConnectFailed('pc does not answer.');
      later(() => {
        pc.fails = () => undefined;
        pc.state = 'off';
      }, 60);
    });
    const stages = await run(pc);
    expect(stages).toContainEqual(expect.objectContaining({ note: 'answering' }));
    expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'power-off' });
  });

  it('asks again for a start that was refused, and then without an open session', async () => {
    const pc = new PretendPc();
    pc.state = 'on';
    pc.fails = (call) =>
      call === 'power.reset' && pc.media !== undefined
        ? refused('RequestPowerStateChange', 2, 'pc refused to reset')
        : undefined;
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 64);
        later(() => switchesOff(pc), 40);
      }, 40);
    const stages = await run(pc);
    expect(pc.asked).toEqual([
      'serial',
      'mount',
      'boot.once ider-cd',
      'power.reset',
      'power.reset',
      'media ended',
      'power.reset',
      'mount',
      'media ended',
    ]);
    expect(pc.sessions[1]?.options.start).toBe('now');
    expect(last(stages)).toMatchObject({ stage: 'finished' });
  });

  it('asks for consent where the firmware demands it, from a PC that is on', async () => {
    const pc = new PretendPc();
    pc.switches = { ...pc.switches, consent: 'all' };
    installs(pc);
    const typed = ['999999', 'abc', '123456'];
    const stages = await run(pc, { consentCode: async ({ attempt }) => typed[attempt - 1] as string });
    expect(pc.asked.slice(0, 2)).toEqual(['power.on', 'consent.request']);
    expect(pc.asked.filter((call) => call === 'consent.send')).toHaveLength(3);
    expect(names(stages).slice(0, 3)).toEqual(['checking', 'consent', 'enabling']);
    expect(last(stages)).toMatchObject({ stage: 'finished' });
  });

  it('waits for consent that is given in another way, and fails without one', async () => {
    const pc = new PretendPc();
    pc.state = 'on';
    pc.switches = { ...pc.switches, consent: 'all' };
    installs(pc);
    const stages = await run(pc, {}, (stage) => {
      if (stage.stage === 'consent') pc.consentState = 'received';
    });
    expect(last(stages)).toMatchObject({ stage: 'finished' });

    const alone = new PretendPc();
    alone.state = 'on';
    alone.switches = { ...alone.switches, consent: 'all' };
    expect(last(await run(alone, { patience: { consentMs: 0 } }))).toMatchObject({
      code: 'CONSENT_REQUIRED',
      hint: expect.stringContaining('read out'),
    });
    expect(alone.asked).toEqual(['consent.request', 'consent.cancel']);
  });
});

describe('Cancelled', () => {
  /** What holds each stage up until it is cancelled. */
  const stages: readonly (readonly [ReimageStageName, (pc: PretendPc) => void])[] = [
    ['checking', (pc) => hold(pc, 'boot.supported')],
    ['consent', (pc) => (pc.switches = { ...pc.switches, consent: 'all' })],
    ['enabling', (pc) => hold(pc, 'features.set')],
    ['attaching', (pc) => hold(pc, 'mount')],
    ['booting', (pc) => hold(pc, 'power.on')],
    ['booting', () => {}],
    ['reading', (pc) => (pc.onStart = () => later(() => readsForEver(pc)))],
    ['idle', (pc) => (pc.onStart = () => later(() => void reads(pc, 0, 8)))],
  ];

  it.each(stages)('while %s it leaves nothing behind', async (name, prepare) => {
    for (const way of ['signal', 'return'] as const) {
      const pc = new PretendPc();
      pc.switches = { ...pc.switches, ider: false };
      prepare(pc);
      const stop = new AbortController();
      const stages: ReimageStage[] = [];
      const run = reimage(pc, { media: cd, restore: true, signal: stop.signal, patience });
      for await (const stage of run) {
        stages.push(stage);
        if (stage.stage !== name) continue;
        if (way === 'return') break;
        later(() => stop.abort());
      }
      if (way === 'signal') expect(last(stages)).toMatchObject({ stage: 'failed', code: 'CANCELLED' });
      expect(pc.media).toBeUndefined();
      expect(pc.serials.every(({ open }) => !open)).toBe(true);
      expect(pc.override).toBeUndefined();
      expect(pc.switches.ider).toBe(false);
      if (pc.asked.includes('boot.once ider-cd')) expect(pc.asked).toContain('boot.clear');
      if (name === 'consent') expect(pc.consentState).toBe('not-started');
    }
  });

  it('before it begins, it does nothing', async () => {
    const pc = new PretendPc();
    const stages = await run(pc, { signal: AbortSignal.abort() });
    expect(last(stages)).toMatchObject({ code: 'CANCELLED' });
    expect(pc.asked).toEqual([]);
  });

  function hold(pc: PretendPc, call: string): void {
    pc.holds = (asked) =>
      asked.startsWith(call) ? new Promise((resolve) => later(() => resolve(undefined), 60)) : undefined;
  }

  function readsForEver(pc: PretendPc): void {
    if (pc.media === undefined) return;
    void reads(pc, 0, 8);
    later(() => readsForEver(pc), 4);
  }
});
