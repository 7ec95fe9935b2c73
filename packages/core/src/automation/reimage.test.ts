import { describe, expect, it } from 'vitest';
import { AuthenticationFailed, ConnectFailed, ImageFailed, RedirectionRefused } from '../errors.ts';
import type { BlockSource } from '../redirection/ider/image.ts';
import { memoryImage } from '../redirection/ider/image.ts';
import type { ReimageOptions, ReimagePatience } from './reimage/options.ts';
import type { ReimageStage, ReimageStageName } from './reimage/stages.ts';
import { reimage } from './reimage.ts';
import { bootableCd, type PretendMedia, PretendPc, type PretendSerial, refused } from './testing/pretend-pc.ts';

const cd = memoryImage(bootableCd(), { name: 'debian' });

const patience: Partial<ReimagePatience> = {
  firstRetryMs: 2,
  longestRetryMs: 8,
  tickMs: 4,
  pollMs: 4,
  idleMs: 12,
  bootMs: 2_000,
  lostMs: 2_000,
  imageMs: 60,
  quietBeforeMs: 20,
  quietAfterMs: 60,
  refusedMs: 2,
  cleanUpMs: 200,
};

/** Runs a reimage to its end; `seen` hears every stage as it comes. */
async function run(
  pc: PretendPc,
  options: Partial<ReimageOptions> = {},
  seen: (stage: ReimageStage) => void = () => {},
): Promise<ReimageStage[]> {
  const stages: ReimageStage[] = [];
  for await (const stage of reimage(pc, {
    media: cd,
    timeoutMs: 10_000,
    ...options,
    patience: { ...patience, ...options.patience },
  })) {
    stages.push(stage);
    seen(stage);
  }
  return stages;
}

const names = (stages: readonly ReimageStage[]) =>
  stages.map(({ stage }) => stage).filter((name, i, all) => name !== all[i - 1]);
const media = (pc: PretendPc) => pc.media as PretendMedia;
const serial = (pc: PretendPc) => pc.serials.at(-1) as PretendSerial;
/** Reads where something is attached. */
const reads = async (pc: PretendPc, block: number, count: number) => await pc.media?.read('cd', block, count);
const switchesOff = (pc: PretendPc) => {
  pc.state = 'off';
};
const last = (stages: readonly ReimageStage[]) => stages.at(-1);
/** Resolves after so many of the recipe's own looks. */
const later = (work: () => void, ms = 20) => void setTimeout(work, ms);

/** An installer: it reads the whole image and switches the PC off. */
function installs(pc: PretendPc, afterwards: () => void = () => switchesOff(pc)): void {
  pc.onStart = (from) => {
    if (from !== 'ider-cd') return;
    later(async () => {
      await reads(pc, 0, 32);
      later(async () => {
        await reads(pc, 32, 32);
        later(afterwards, 40);
      });
    });
  };
}

describe('A reimage', () => {
  it('goes through its stages and ends when the PC switches itself off', async () => {
    const pc = new PretendPc();
    installs(pc);
    const stages = await run(pc);
    expect([...new Set(names(stages))].filter((name) => name !== 'note')).toEqual([
      'checking',
      'enabling',
      'attaching',
      'booting',
      'reading',
      'idle',
      'finished',
    ]);
    expect(last(stages)).toMatchObject({
      stage: 'finished',
      verdict: 'power-off',
      progress: { percent: 100, sectors: 64, bytes: 64 * 2048 },
    });
    expect(pc.asked).toEqual(['serial', 'mount', 'boot.once ider-cd', 'power.on', 'media ended']);
    expect(pc.sessions[0]?.closedInOrder).toBe(true);
    expect(pc.sessions[0]?.options.start).toBe('onreboot');
    expect(pc.serials[0]?.open).toBe(false);
  });

  it('resets a PC that is on, and switches on one that hibernates', async () => {
    for (const [state, action] of [
      ['on', 'power.reset'],
      ['hibernate', 'power.on'],
    ] as const) {
      const pc = new PretendPc();
      pc.state = state;
      installs(pc);
      expect(last(await run(pc))).toMatchObject({ stage: 'finished' });
      expect(pc.asked.filter((call) => call.startsWith('power.'))).toEqual([action]);
    }
  });

  it('wakes a PC that sleeps before it resets it: waking is no start', async () => {
    const pc = new PretendPc();
    pc.state = 'sleep';
    installs(pc);
    expect(last(await run(pc))).toMatchObject({ stage: 'finished' });
    expect(pc.asked.filter((call) => call.startsWith('power.'))).toEqual(['power.on', 'power.reset']);
  });

  it('switches on what is off, and puts it back when asked to', async () => {
    for (const restore of [true, false]) {
      const pc = new PretendPc();
      pc.switches = { ...pc.switches, sol: false, ider: false, listener: false };
      installs(pc);
      const stages = await run(pc, { restore, serial: true });
      expect(stages).toContainEqual(
        expect.objectContaining({ stage: 'enabling', switchedOn: ['ider', 'sol', 'listener'] }),
      );
      expect(last(stages)).toMatchObject({ stage: 'finished' });
      expect(pc.switches).toMatchObject({ sol: !restore, ider: !restore, listener: !restore });
    }
  });

  it('leaves the serial port alone where it is off and nothing needs it', async () => {
    const pc = new PretendPc();
    pc.switches = { ...pc.switches, sol: false };
    installs(pc);
    expect(last(await run(pc))).toMatchObject({ stage: 'finished' });
    expect(pc.asked).not.toContain('serial');
    expect(pc.switches.sol).toBe(false);
  });

  it('goes on without a serial port that somebody else has, unless it needs it', async () => {
    const pc = new PretendPc();
    pc.fails = (call) =>
      call === 'serial' ? new RedirectionRefused('SOL of pc is in use.', { busy: true }) : undefined;
    installs(pc);
    const stages = await run(pc);
    expect(stages).toContainEqual(expect.objectContaining({ note: 'warning' }));
    expect(last(stages)).toMatchObject({ stage: 'finished' });
    expect(last(await run(pc, { until: { serial: 'done' } }))).toMatchObject({
      stage: 'failed',
      code: 'REDIRECTION_REFUSED',
    });
  });

  it('serves an answer floppy beside the CD, and a disk image from the floppy drive', async () => {
    const pc = new PretendPc();
    const answers = memoryImage(new Uint8Array(1440 * 1024), { name: 'answers' });
    installs(pc);
    await run(pc, { floppy: answers });
    expect(pc.sessions[0]?.options).toMatchObject({ cd, floppy: answers });

    const disk = new Uint8Array(4096);
    disk.set([0x55, 0xaa], 510);
    const stick = memoryImage(disk, { name: 'stick.img' });
    const other = new PretendPc();
    other.onStart = () =>
      later(async () => {
        await media(other).read('floppy', 0, 8);
        switchesOff(other);
      });
    expect(last(await run(other, { media: stick }))).toMatchObject({ stage: 'finished', progress: { percent: 100 } });
    expect(other.asked).toContain('boot.once ider-floppy');
    expect(last(await run(new PretendPc(), { media: stick, floppy: answers }))).toMatchObject({
      code: 'IMAGE_FAILED',
      reason: 'stick.img is a disk image and takes the floppy drive, which answers needs.',
    });
  });

  it('tells the serial port as it comes', async () => {
    const pc = new PretendPc();
    installs(pc, () => {
      serial(pc).says('copied\r\n');
      later(() => switchesOff(pc));
    });
    expect(await run(pc)).toContainEqual(expect.objectContaining({ stage: 'serial', text: 'copied\r\n' }));
  });

  it('presses a key from the first block that is read, every half second, until the loader has gone on', async () => {
    const pc = new PretendPc();
    const image = memoryImage(bootableCd(8 * 1024), { name: 'windows' });
    pc.onStart = () => later(() => void reads(pc, 17, 1));
    const stages = await run(pc, { media: image, press: 'space:60' }, (stage) => {
      if (stage.stage === 'note' && stage.note === 'pressing') {
        later(() => void reads(pc, 0, 5 * 1024), 700);
        later(() => switchesOff(pc), 1_300);
      }
    });
    expect(pc.serials[0]?.typed).toEqual([' ', ' ']);
    expect(stages.filter(({ stage }) => stage === 'note').map((stage) => 'note' in stage && stage.note)).toEqual(
      expect.arrayContaining(['pressing', 'pressed']),
    );
  });

  it('presses nothing before the loader reads', async () => {
    const pc = new PretendPc();
    await run(pc, { press: 'enter', patience: { bootMs: 30 } });
    expect(pc.serials[0]?.typed).toEqual([]);
  });

  it('hands keys to whoever can press them better', async () => {
    const pc = new PretendPc();
    const pressed: string[] = [];
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 4);
        later(() => switchesOff(pc), 60);
      });
    pc.switches = { ...pc.switches, sol: false };
    await run(pc, { press: 'enter', pressKey: async (key) => void pressed.push(key) });
    expect(pressed).toEqual(['enter']);
    expect(pc.asked).not.toContain('serial');
  });
});

describe('Success is', () => {
  it('a restart that the firmware log tells of', async () => {
    const pc = new PretendPc();
    installs(pc, () => pc.starts());
    const stages = await run(pc);
    expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'reboot' });
    expect(last(stages)?.message).toContain("firmware's log");
  });

  it('not what the BIOS reports once for each device that it tries to start from', async () => {
    const pc = new PretendPc();
    installs(pc, () => {
      pc.reports(19);
      media(pc).tell({ type: 'reset' });
      later(() => switchesOff(pc), 60);
    });
    const stages = await run(pc, { patience: { quietAfterMs: 60_000 } });
    expect(last(stages)).toMatchObject({ stage: 'finished', verdict: 'power-off' });
  });

  it('a bus reset between two silences where the log tells nothing', async () => {
    const pc = new PretendPc();
    pc.fails = (call) => (call === 'log.read' ? refused('GetRecords', 1, 'no') : undefined);
    installs(pc, () => media(pc).tell({ type: 'reset' }));
    expect(last(await run(pc))).toMatchObject({ stage: 'finished', verdict: 'reboot' });
  });

  it('not a bus reset in the middle of reading, after which the PC reads on', async () => {
    const pc = new PretendPc();
    pc.fails = (call) => (call === 'log.read' ? refused('GetRecords', 1, 'no') : undefined);
    const image = memoryImage(bootableCd(1024), { name: 'debian' });
    pc.onStart = () =>
      later(async () => {
        await reads(pc, 0, 200);
        later(() => media(pc).tell({ type: 'reset' }), 40);
        later(() => void reads(pc, 200, 400), 70);
        later(() => switchesOff(pc), 250);
      });
    const stages = await run(pc, { media: image, patience: { quietAfterMs: 60_000 } });
    expect(last(stages)).toMatchObject({ verdict: 'power-off', progress: { sectors: 600 } });
  });

  it('what the serial port says, also in pieces and in colour', async () => {
    const pc = new PretendPc();
    installs(pc, () => {
      serial(pc).says('\x1b[1;32mInstalla');
      serial(pc).says('tion \x1b[0mfinished in 12 s\r\n');
    });
    expect(last(await run(pc, { until: { serial: 'Installation finished' } }))).toMatchObject({ verdict: 'serial' });
    expect(last(await run(pc, { until: { serial: /finished in \d+ s/g } }))).toMatchObject({ verdict: 'serial' });
  });

  it('so many bytes', async () => {
    const pc = new PretendPc();
    installs(pc, () => {});
    expect(last(await run(pc, { until: { bytes: 40 * 2048 } }))).toMatchObject({ verdict: 'bytes' });
  });

  it('what a function says, and failure what it throws', async () => {
    const pc = new PretendPc();
    installs(pc, () => {});
    expect(last(await run(pc, { until: ({ sectors }) => sectors === 64 }))).toMatchObject({ verdict: 'callback' });
    const broken = () => {
      throw new Error('The disk was not found.');
    };
    expect(last(await run(pc, { until: broken }))).toMatchObject({
      stage: 'failed',
      reason: 'The disk was not found.',
    });
  });
});

describe('Failure is', () => {
  it('nothing read, with what to look at; the override is taken back', async () => {
    const pc = new PretendPc();
    const stages = await run(pc, { patience: { bootMs: 40 } });
    expect(last(stages)).toMatchObject({
      stage: 'failed',
      code: 'NOTHING_READ',
      hint: expect.stringContaining('Secure Boot'),
    });
    expect(pc.asked.slice(-2)).toEqual(['boot.clear', 'media ended']);
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
    const stages = await run(pc, { timeoutMs: 150 });
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

describe('Options', () => {
  it.each([
    ['nothing that counts as success', { until: [] }],
    ['a text that is always there', { until: { serial: '' } }],
    ['no bytes', { until: { bytes: 0 } }],
    ['a key that is none', { press: 'anykey' }],
    ['no time', { timeoutMs: 0 }],
  ] satisfies [string, Partial<ReimageOptions>][])('with %s are refused at once', (_what, options) => {
    expect(() => reimage(new PretendPc(), { media: cd, ...options })).toThrow(TypeError);
  });
});
