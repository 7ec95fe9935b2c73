import { afterEach, describe, expect, it } from 'vitest';
import { ConnectFailed, ImageFailed } from '../../errors.ts';
import type { Machine } from '../../machine/machine.ts';
import { deferred } from '../../machine/waiting.ts';
import { type BlockSource, memoryImage } from '../../redirection/ider/image.ts';
import type { FleetChange } from '../changes.ts';
import { type MediaLibrary, unknownMedium } from '../library.ts';
import { bootableCd, type PretendMedia, PretendPc } from '../testing/pretend-pc.ts';
import { createDesk, type DeskOptions, type KeptDesk } from './desk.ts';

/** Images that say how many of them are open. */
class Shelf implements MediaLibrary {
  open_ = 0;
  readonly #images: Readonly<Record<string, () => Uint8Array>>;

  constructor(images: Readonly<Record<string, () => Uint8Array>>) {
    this.#images = images;
  }

  names(): readonly string[] {
    return Object.keys(this.#images);
  }

  async open(name: string): Promise<BlockSource> {
    const make = this.#images[name];
    if (make === undefined) throw unknownMedium(name, this.names());
    const bytes = make();
    this.open_++;
    return {
      ...memoryImage(bytes, { name }),
      [Symbol.asyncDispose]: async () => {
        this.open_--;
      },
    };
  }
}

const shelf = () =>
  new Shelf({
    debian: () => bootableCd(),
    answers: () => new Uint8Array(1440 * 1024),
    lost: () => {
      throw new ImageFailed('lost cannot be read: there is no file /images/lost.iso.', { image: 'lost' });
    },
    empty: () => new Uint8Array(),
  });

const desks: KeptDesk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

function deskOf(pc: PretendPc, library: MediaLibrary = shelf(), more: Partial<DeskOptions> = {}) {
  const changes: FleetChange[] = [];
  const desk = createDesk({
    machine: 'pc',
    host: () => '192.0.2.1',
    reach: async () => {
      const problem = pc.fails('connect');
      if (problem !== undefined) throw problem;
      return pc as unknown as Machine;
    },
    library,
    send: (change) => changes.push(change),
    changed: () => {},
    patience: {
      showMs: 5,
      media: { firstRetryMs: 2, longestRetryMs: 8 },
      reimage: { tickMs: 4, pollMs: 4, idleMs: 12, firstRetryMs: 2, longestRetryMs: 8, cleanUpMs: 200 },
    },
    ...more,
  });
  desks.push(desk);
  const media = () => changes.flatMap((change) => (change.type === 'media' ? [change.event] : []));
  const stages = () => changes.flatMap((change) => (change.type === 'reimage' ? [change.stage.stage] : []));
  return { desk, changes, media, stages };
}

const session = (pc: PretendPc) => pc.media as PretendMedia;

/** Reads a part of the image, then waits to be told to go on. */
function installs(pc: PretendPc): { finish: () => void } {
  const done = deferred();
  pc.onStart = () => {
    void (async () => {
      await session(pc).read('cd', 0, 32);
      await done.promise;
      await pc.media?.read('cd', 32, 32);
      pc.state = 'off';
    })();
  };
  return { finish: done.resolve };
}

describe('Media at the desk', () => {
  it('stay attached until they are ejected, and say what they do', async () => {
    const pc = new PretendPc();
    const library = shelf();
    const { desk, media } = deskOf(pc, library);
    expect(desk.media().attached).toBe('none');
    await desk.attach({ media: 'debian', floppy: 'answers', start: 'now' });
    expect(desk.media().attached).toBe('debian, answers');
    expect(session(pc).options).toMatchObject({ start: 'now' });
    await session(pc).read('cd', 0, 64);
    await expect.poll(() => desk.media()).toMatchObject({ megabytesRead: 0.1, megabytesPerSecond: 1.5 });
    session(pc).cut(new ConnectFailed('pc reset the connection.'));
    await expect.poll(media).toEqual(['attached', 'interrupted', 'reattached']);
    await desk.eject();
    expect(desk.media().attached).toBe('none');
    expect(media().at(-1)).toBe('ejected');
    expect(library.open_).toBe(0);
    await desk.eject();
  });

  it('switch on what is off', async () => {
    const pc = new PretendPc();
    pc.switches = { ...pc.switches, ider: false, listener: false };
    const { desk } = deskOf(pc);
    await desk.attach({ media: 'debian' });
    expect(pc.switches).toMatchObject({ ider: true, listener: true });
  });

  it('are the selected ones where none are named', async () => {
    const { desk } = deskOf(new PretendPc());
    expect(desk.selected()).toBeUndefined();
    await expect(desk.attach({})).rejects.toThrow(
      'Name a medium, or select one first; there are debian, answers, lost, empty.',
    );
    expect(() => desk.select('debain')).toThrow('There is no medium called "debain"; did you mean debian?');
    desk.select('debian');
    await desk.attach({});
    expect(desk.media().attached).toBe('debian');
    const { desk: other } = deskOf(new PretendPc(), new Shelf({ only: () => bootableCd() }));
    expect(other.selected()).toBe('only');
  });

  it.each([
    ['with a wrong name', { media: 'debain' }, 'There is no medium called "debain"; did you mean debian?'],
    [
      'with a wrong floppy',
      { media: 'debian', floppy: 'anwers' },
      'There is no medium called "anwers"; did you mean answers?',
    ],
    ['that are missing', { media: 'lost' }, 'lost cannot be read: there is no file /images/lost.iso.'],
    ['that are empty', { media: 'empty' }, 'empty is empty.'],
  ])('%s are refused, and nothing stays open', async (_what, request, message) => {
    const library = shelf();
    const { desk, changes } = deskOf(new PretendPc(), library);
    await expect(desk.attach(request)).rejects.toThrow(message);
    expect(library.open_).toBe(0);
    expect(changes).toEqual([]);
    expect(desk.busy).toBe(false);
  });

  it('are refused while others are attached', async () => {
    const { desk } = deskOf(new PretendPc());
    await desk.attach({ media: 'debian' });
    await expect(desk.attach({ media: 'answers' })).rejects.toMatchObject({
      message: 'pc has debian attached already.',
      busy: true,
      hint: expect.stringContaining('Eject'),
    });
    await expect(desk.startReimage({ media: 'debian' })).rejects.toMatchObject({ busy: true });
  });

  it('end when they cannot be brought back, and say why', async () => {
    const pc = new PretendPc();
    const { desk, changes, media } = deskOf(pc);
    await desk.attach({ media: 'debian' });
    pc.fails = (call) => (call === 'mount' ? new TypeError('a bug') : undefined);
    session(pc).cut(new ConnectFailed('gone'));
    await expect.poll(media).toEqual(['attached', 'interrupted', 'failed']);
    expect(changes.at(-1)).toMatchObject({ message: 'pc has debian no longer: a bug' });
    expect(desk.busy).toBe(false);
  });
});

describe('A reimage at the desk', () => {
  it('has begun when it is answered, goes on by itself, and tells its stages', async () => {
    const pc = new PretendPc();
    const library = shelf();
    const { desk, changes, stages } = deskOf(pc, library);
    const { finish } = installs(pc);
    expect(await desk.startReimage({ media: 'debian', until: 'power-off' }, 'tx-1')).toEqual({ media: 'debian' });
    await expect.poll(() => desk.reimage()).toMatchObject({ progress: { percent: 50 } });
    expect(desk.media().attached).toBe('debian');
    finish();
    await expect.poll(stages).toContain('finished');
    await expect.poll(() => desk.busy).toBe(false);
    expect(desk.reimage()).toMatchObject({ stage: 'finished', progress: { percent: 100 } });
    expect(desk.media().attached).toBe('none');
    expect(library.open_).toBe(0);
    expect(changes.every((change) => change.type === 'reimage' && change.transaction === 'tx-1')).toBe(true);
  });

  it('has the code of consent from who asks for it, and the serial port where that is wanted', async () => {
    const pc = new PretendPc();
    pc.state = 'on';
    pc.switches = { ...pc.switches, consent: 'all', sol: false };
    const typed = ['000000', pc.code];
    const { desk, stages } = deskOf(pc, shelf(), {
      consentCode:
        () =>
        async ({ attempt }) =>
          typed[attempt - 1] as string,
    });
    const { finish } = installs(pc);
    await desk.startReimage({ media: 'debian', until: 'power-off', serial: true });
    finish();
    await expect.poll(stages).toContain('finished');
    expect(pc.asked.filter((call) => call === 'consent.send')).toHaveLength(2);
    expect(pc.switches.sol).toBe(true);
  });

  it('takes no longer than parts of a minute where it is told so', async () => {
    const pc = new PretendPc();
    installs(pc);
    const { desk, stages } = deskOf(pc);
    await desk.startReimage({ media: 'debian', minutes: 0.001 });
    await expect.poll(stages).toContain('failed');
    expect(desk.reimage().message).toContain('within');
  });

  it('is alone: a second one, other media and an eject are refused with where it stands', async () => {
    const pc = new PretendPc();
    installs(pc);
    const { desk } = deskOf(pc);
    await desk.startReimage({ media: 'debian' });
    await expect.poll(() => desk.reimage().progress.percent).toBe(50);
    const where = /^pc is being reimaged from debian \((reading|idle), 50 %\)\.$/;
    await expect(desk.startReimage({ media: 'debian' })).rejects.toThrow(where);
    await expect(desk.attach({ media: 'debian' })).rejects.toThrow(where);
    await expect(desk.eject()).rejects.toThrow(where);
  });

  it('of two at the same moment is one', async () => {
    const pc = new PretendPc();
    installs(pc);
    const library = shelf();
    const { desk } = deskOf(pc, library);
    const both = await Promise.allSettled([1, 2].map(() => desk.startReimage({ media: 'debian' })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(library.open_).toBe(1);
  });

  it('is cancelled, and has cleaned up when that is answered', async () => {
    const pc = new PretendPc();
    installs(pc);
    const { desk, changes } = deskOf(pc);
    await desk.startReimage({ media: 'debian' });
    await expect.poll(() => desk.reimage().progress.percent).toBe(50);
    await desk.cancelReimage();
    expect(pc.media).toBeUndefined();
    expect(pc.asked).toContain('boot.clear');
    expect(desk.reimage()).toMatchObject({ stage: 'failed' });
    expect(changes.at(-1)).toMatchObject({ stage: { code: 'CANCELLED' } });
    await desk.cancelReimage();
  });

  it('of a machine that cannot be reached does not begin', async () => {
    const pc = new PretendPc();
    pc.fails = () => new ConnectFailed('pc does not answer.');
    const library = shelf();
    const { desk, changes } = deskOf(pc, library);
    await expect(desk.startReimage({ media: 'debian' })).rejects.toThrow('pc does not answer.');
    expect([changes, library.open_, desk.busy]).toEqual([[], 0, false]);
  });

  it('with a success that is none, or a key that is none, does not begin', async () => {
    const library = shelf();
    const { desk } = deskOf(new PretendPc(), library);
    await expect(desk.startReimage({ media: 'debian', until: 'done' })).rejects.toThrow(
      /ends with power-off, reboot, serial:TEXT/,
    );
    await expect(desk.startReimage({ media: 'debian', press: 'any' })).rejects.toThrow('There is no key "any"');
    expect(library.open_).toBe(0);
  });

  it('ends with the fleet', async () => {
    const pc = new PretendPc();
    installs(pc);
    const { desk } = deskOf(pc);
    await desk.startReimage({ media: 'debian' });
    await expect.poll(() => desk.reimage().progress.percent).toBe(50);
    await desk.close();
    expect(pc.media).toBeUndefined();
    expect(pc.override).toBeUndefined();
  });
});
