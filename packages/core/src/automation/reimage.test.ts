import { describe, expect, it } from 'vitest';
import { RedirectionRefused } from '../errors.ts';
import { memoryImage } from '../redirection/ider/image.ts';
import type { ReimageOptions } from './reimage/options.ts';
import { reimage } from './reimage.ts';
import { bootableCd, PretendPc, refused } from './testing/pretend-pc.ts';
import { cd, installs, last, later, media, names, reads, run, serial, switchesOff } from './testing/reimaging.ts';

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
    const typed = pc.serials[0]?.typed ?? [];
    expect([...new Set(typed)]).toEqual([' ']);
    expect(typed.length).toBeOneOf([2, 3]);
    expect(stages.filter(({ stage }) => stage === 'note').map((stage) => 'note' in stage && stage.note)).toEqual(
      expect.arrayContaining(['pressing', 'pressed']),
    );
  });

  it('presses nothing before the loader reads', async () => {
    const pc = new PretendPc();
    await run(pc, { press: 'enter', patience: { bootMs: 600 } });
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
