import { afterEach, describe, expect, it } from 'vitest';
import { AuthenticationFailed, ConnectFailed, RedirectionRefused } from '../errors.ts';
import { memoryImage } from '../redirection/ider/image.ts';
import { type ServedMedia, type ServedMediaEvent, type ServeMediaOptions, serveMedia } from './media.ts';
import { bootableCd, type PretendMedia, PretendPc } from './testing/pretend-pc.ts';

const cd = memoryImage(bootableCd(), { name: 'test.iso' });
const patience = { firstRetryMs: 2, longestRetryMs: 8 };

const open: ServedMedia[] = [];
afterEach(async () => {
  for (const served of open.splice(0)) await served.close();
});

async function serve(pc: PretendPc, options: Partial<ServeMediaOptions> = {}) {
  const served = await serveMedia(pc, { cd, patience, ...options });
  open.push(served);
  const events: ServedMediaEvent[] = [];
  const ended = (async () => {
    for await (const event of served) events.push(event);
  })();
  ended.catch(() => {});
  return { served, events, ended, media: () => pc.media as PretendMedia };
}

const types = (events: readonly ServedMediaEvent[]) => events.map(({ type }) => type);

describe('Media that stay attached', () => {
  it('come back when the connection drops, and say so', async () => {
    const pc = new PretendPc();
    const { events, served, media } = await serve(pc);
    await media().read('cd', 0, 4);
    media().cut(new ConnectFailed('pc reset the connection.'));
    await expect.poll(() => served.reattached).toBe(1);
    expect(types(events)).toEqual(['enabled', 'reading', 'interrupted', 'reattached', 'enabled']);
    expect(events[2]).toMatchObject({ error: { message: 'pc reset the connection.' } });
    expect(served.problem).toBeUndefined();
  });

  it('count over all sessions', async () => {
    const pc = new PretendPc();
    const { served, media } = await serve(pc);
    await media().read('cd', 0, 4);
    media().cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(1);
    await media().read('cd', 4, 2);
    expect(served.statistics).toMatchObject({
      commands: 2,
      bytesRead: 6 * 2048,
      touched: { cd: 6, floppy: 0 },
      blocks: { cd: 64, floppy: 0 },
    });
    await media().read('cd', 0, 60);
    expect(served.statistics.touched.cd).toBe(64);
  });

  it('are there at once for a host that had them, and at its next start for one that had not', async () => {
    const pc = new PretendPc();
    const { served, media } = await serve(pc, { start: 'onreboot' });
    media().cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(1);
    expect(media().options.start).toBe('onreboot');
    await media().read('cd', 0, 1);
    media().cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(2);
    expect(media().options.start).toBe('now');
  });

  it('wait while the firmware is away or somebody else has its drives', async () => {
    const pc = new PretendPc();
    const { served, events, media } = await serve(pc);
    const answers = [
      new ConnectFailed('nobody there'),
      new RedirectionRefused('in use', { busy: true }),
      new ConnectFailed('nobody there'),
    ];
    pc.fails = (call) => (call === 'mount' ? answers.shift() : undefined);
    media().cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(1);
    expect(pc.asked.filter((call) => call === 'mount')).toHaveLength(5);
    expect(types(events).filter((type) => type === 'interrupted')).toHaveLength(1);
  });

  it('end with the reason where trying again would lock the account', async () => {
    const pc = new PretendPc();
    const { ended, media } = await serve(pc);
    pc.fails = (call) => (call === 'mount' ? new AuthenticationFailed('pc refused admin.') : undefined);
    media().cut(new ConnectFailed('gone'));
    await expect(ended).rejects.toThrow('pc refused admin.');
    expect(pc.asked.filter((call) => call === 'mount')).toHaveLength(2);
  });

  it('count an orderly end by the firmware as a loss', async () => {
    const pc = new PretendPc();
    const { served, events, media } = await serve(pc);
    await media().close();
    await expect.poll(() => served.reattached).toBe(1);
    expect(events[1]).toMatchObject({
      type: 'interrupted',
      error: { message: 'The firmware ended the media session.' },
    });
  });

  it('switch on what is off only when asked to, and say what it was', async () => {
    const pc = new PretendPc();
    pc.switches = { ...pc.switches, ider: false, listener: false };
    await expect(serveMedia(pc, { cd, patience })).rejects.toBeInstanceOf(RedirectionRefused);
    expect(pc.asked).toEqual(['mount']);
    const { served, media } = await serve(pc, { enable: true });
    expect(served.switchedOn).toEqual(['ider', 'listener']);
    expect(pc.switches).toMatchObject({ ider: true, sol: true, listener: true });
    pc.switches = { ...pc.switches, ider: false };
    media().cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(1);
    expect(pc.switches.ider).toBe(true);
  });

  it('end in good order on close, also between two sessions', async () => {
    const pc = new PretendPc();
    const { served, ended, media } = await serve(pc);
    const session = media();
    await served.close();
    await ended;
    expect(session.closedInOrder).toBe(true);
    const other = await serve(pc, { patience: { firstRetryMs: 60_000, longestRetryMs: 60_000 } });
    other.media().cut(new ConnectFailed('gone'));
    await expect.poll(() => types(other.events)).toContain('interrupted');
    await other.served.close();
    await other.ended;
    expect(pc.media).toBeUndefined();
  });

  it('are detached by the signal at any moment', async () => {
    const pc = new PretendPc();
    const stop = new AbortController();
    const { ended } = await serve(pc, { signal: stop.signal });
    stop.abort();
    await ended;
    expect(pc.sessions[0]?.closedInOrder).toBe(true);

    let release = () => {};
    pc.holds = (call) => (call === 'mount' ? new Promise((resolve) => (release = resolve)) : undefined);
    const late = new AbortController();
    const opening = serveMedia(pc, { cd, signal: late.signal });
    await expect.poll(() => pc.asked.filter((call) => call === 'mount')).toHaveLength(2);
    late.abort();
    release();
    await expect(opening).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(pc.media).toBeUndefined();
  });

  it('keep another medium that was put in, also in later sessions', async () => {
    const pc = new PretendPc();
    const { served, media } = await serve(pc);
    const other = memoryImage(bootableCd(128), { name: 'other.iso' });
    await served.insert('cd', other);
    media().cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(1);
    expect(media().options.cd).toBe(other);
  });

  it('make their connection anew where they were given the way to it', async () => {
    const pc = new PretendPc();
    let connections = 0;
    const served = await serveMedia(
      async () => {
        connections++;
        return pc;
      },
      { cd, patience },
    );
    open.push(served);
    (pc.media as PretendMedia).cut(new ConnectFailed('gone'));
    await expect.poll(() => served.reattached).toBe(1);
    expect(connections).toBe(2);
  });

  it('serve several machines from one image, each on its own', async () => {
    const [one, other] = [new PretendPc(), new PretendPc()];
    const first = await serve(one);
    const second = await serve(other);
    await first.media().read('cd', 0, 4);
    first.media().cut(new ConnectFailed('gone'));
    await second.media().read('cd', 0, 8);
    await expect.poll(() => first.served.reattached).toBe(1);
    expect([first, second].map(({ served }) => served.statistics.touched.cd)).toEqual([4, 8]);
    expect(second.served.reattached).toBe(0);
    await first.served.close();
    expect(other.media?.open).toBe(true);
  });
});
