import { describe, expect, it } from 'vitest';
import { RedirectionRefused } from '../../errors.ts';
import type { ScreenSession } from '../../machine/screen-session.ts';
import { screenshot } from '../../machine/screenshot.ts';
import { memoryImage } from '../../redirection/ider/image.ts';
import { bootableCd, PretendPc } from '../testing/pretend-pc.ts';
import type { PretendScreen } from '../testing/pretend-screen.ts';
import { installs, last, later, reads, run, switchesOff } from '../testing/reimaging.ts';
import type { ReimageStage } from './stages.ts';

/** A PC with KVM, which is switched off where nothing else is said. */
function pcWithKvm(kvm = false): PretendPc {
  const pc = new PretendPc();
  pc.switches = { ...pc.switches, kvm };
  return pc;
}

/** An image whose loader asks for a key. */
const asking = { media: memoryImage(bootableCd(8 * 1024), { name: 'windows' }), press: 'space:60' };

/** Its loader reads a block and waits; when the key was pressed for a while, the rest follows. */
function waitsForKey(pc: PretendPc) {
  pc.onStart = () => later(() => void reads(pc, 17, 1));
  return (stage: ReimageStage) => {
    if (stage.stage !== 'note' || stage.note !== 'pressing') return;
    later(() => void reads(pc, 0, 5 * 1024), 700);
    later(() => switchesOff(pc), 1_300);
  };
}

const screenOf = (pc: PretendPc) => pc.screens.at(-1) as PretendScreen;
const typed = (pc: PretendPc) => [...new Set(pc.screens.flatMap((screen) => screen.typed))];

describe('The key of a reimage', () => {
  it("is pressed on the screen's keyboard where the machine has KVM, which is switched on for it", async () => {
    const pc = pcWithKvm();
    const follow = waitsForKey(pc);
    const open: boolean[] = [];
    const stages = await run(pc, { ...asking, restore: true }, (stage) => {
      follow(stage);
      if (stage.stage === 'note' && stage.note === 'pressed') later(() => open.push(screenOf(pc).open));
    });
    expect(last(stages)).toMatchObject({ stage: 'finished' });
    // Somebody can look by now.
    expect(open).toEqual([false]);
    expect(stages).toContainEqual(expect.objectContaining({ stage: 'enabling', switchedOn: ['kvm'] }));
    expect(typed(pc)).toEqual([0x20]);
    expect(pc.serials.flatMap((serial) => serial.typed)).toEqual([]);
    expect(screenOf(pc).open).toBe(false);
    expect(pc.switches.kvm).toBe(false);
  });

  it.each([
    ['would have to consent to the screen for it', { consent: 'kvm' }],
    ['looks at the screen', { kvmInUse: true }],
  ] as const)('is pressed on the serial port where somebody %s', async (_who, switches) => {
    const pc = pcWithKvm(true);
    pc.switches = { ...pc.switches, ...switches, sol: false };
    expect(last(await run(pc, asking, waitsForKey(pc)))).toMatchObject({ stage: 'finished' });
    expect(pc.screens).toEqual([]);
    expect(pc.serials.at(-1)?.typed).toContain(' ');
  });

  it('is pressed on the serial port while the screen is not there', async () => {
    const pc = pcWithKvm(true);
    pc.fails = (call) => (call === 'screen' ? new RedirectionRefused('Somebody has the screen.') : undefined);
    const stages = await run(pc, asking, waitsForKey(pc));
    expect(last(stages)).toMatchObject({ stage: 'finished' });
    expect(stages).toContainEqual(
      expect.objectContaining({ note: 'warning', message: 'The screen is not there: Somebody has the screen.' }),
    );
    expect(pc.serials.at(-1)?.typed).toContain(' ');
  });

  it('that can be pressed nowhere is told', async () => {
    const pc = pcWithKvm(true);
    pc.fails = (call) => (call === 'screen' ? new RedirectionRefused('Somebody has the screen.') : undefined);
    const stages = await run(pc, { ...asking, press: 'f2:1', serial: false }, waitsForKey(pc));
    expect(stages).toContainEqual(
      expect.objectContaining({
        note: 'warning',
        message: 'f2 could not be pressed: pc has neither its screen nor its serial port open.',
      }),
    );
  });
});

describe('A screen that stays as it is', () => {
  /** 120 ms. */
  const until = { still: 0.002 };

  it('is success, once the PC has read and reads no more', async () => {
    const pc = pcWithKvm(true);
    installs(pc, () => {
      screenOf(pc).paint(7);
      // A cursor blinks for ever.
      setInterval(() => screenOf(pc).paint(9, { x: 0, y: 0, width: 2, height: 2 }), 20).unref();
    });
    const stages = await run(pc, { until });
    expect(last(stages)).toMatchObject({
      stage: 'finished',
      verdict: 'still',
      message: expect.stringMatching(/^The screen of pc has been the same for /),
      progress: { percent: 100 },
    });
  });

  it('is none while the picture changes, or before anything is read', async () => {
    const pc = pcWithKvm(true);
    pc.onStart = () => later(() => screenOf(pc).paint(7));
    expect(last(await run(pc, { until, patience: { bootMs: 500 } }))).toMatchObject({ code: 'NOTHING_READ' });
    const busy = pcWithKvm(true);
    let level = 0;
    installs(busy, () => void setInterval(() => screenOf(busy).paint(level++ & 127), 5).unref());
    expect(last(await run(busy, { until, timeoutMs: 600 }))).toMatchObject({
      code: 'NOT_FINISHED',
      reason: expect.stringContaining('the screen shows the same for'),
    });
  });

  it('is asked a consent for where the firmware demands it', async () => {
    const pc = pcWithKvm(true);
    pc.switches = { ...pc.switches, consent: 'kvm' };
    installs(pc, () => screenOf(pc).paint(7));
    const stages = await run(pc, { until, consentCode: async () => pc.code });
    expect(stages).toContainEqual(expect.objectContaining({ stage: 'consent', state: 'received' }));
    expect(last(stages)).toMatchObject({ verdict: 'still' });
  });

  it('cannot be seen on a machine without KVM', async () => {
    expect(last(await run(new PretendPc(), { until }))).toMatchObject({
      code: 'NOT_SUPPORTED',
      reason: 'pc has no KVM, so its screen cannot be looked at.',
    });
  });
});

describe('The screen of a reimage', () => {
  it('is lent to the caller, through restarts, for pictures of it', async () => {
    const pc = pcWithKvm(true);
    pc.state = 'on';
    installs(pc);
    let screen: ScreenSession | undefined;
    const pictures: Uint8Array[] = [];
    const stages = await run(
      pc,
      {
        screen: true,
        onScreen: (lent) => {
          screen = lent;
          screenOf(pc).paint(7);
        },
      },
      (stage) => {
        if (stage.stage === 'booting') void screenshot(screen as ScreenSession).then((png) => pictures.push(png));
      },
    );
    expect(last(stages)).toMatchObject({ stage: 'finished' });
    expect(pictures).toHaveLength(1);
    expect(screenOf(pc).open).toBe(false);
  });

  it('is left alone where nothing needs it', async () => {
    const pc = pcWithKvm(true);
    installs(pc);
    await run(pc);
    expect(pc.screens).toEqual([]);
  });
});
