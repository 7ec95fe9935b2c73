/** A person lends a PC an image, and something happens to the image or to the network. */
import { rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlockSource, ConnectFailed, fileImage, ImageFailed, memoryImage, openImage } from '@amtkit/core';
import { ImageServer } from '@amtkit/core/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { drivePc, senseOf } from './support/drive-pc.ts';
import { allClosed, cd, ImageFolder, image, sha256, story } from './support/lent-image.ts';
import { scenario } from './support/scenario.ts';

const folder = new ImageFolder();
afterAll(() => folder.remove());

describe('An image that is none', () => {
  it.each<[string, () => Promise<string>, string]>([
    ['missing', async () => join(await folder.path, 'nothing.iso'), 'there is no such file'],
    ['empty', () => folder.file(new Uint8Array(0)), 'is empty'],
    ['packed', () => folder.file(Uint8Array.of(0x1f, 0x8b, 8, 0, ...new Uint8Array(2044))), 'it is packed with gzip'],
  ])('is refused before anything is lent: it is %s', async (_, place, text) => {
    const attempt = openImage(await place());
    await expect(attempt).rejects.toThrow(ImageFailed);
    await expect(attempt).rejects.toThrow(text);
  });

  scenario('is refused before anybody is asked', {
    async run({ machine, simulator }) {
      await using cut = await fileImage(await folder.file(image.slice(0, 100_001)));
      simulator.received.clear();
      await expect(machine.mount({ cd: cut })).rejects.toThrow(/no image of a CD: 100001 bytes/);
      await expect(machine.mount({})).rejects.toThrow(TypeError);
      expect(simulator.received.redirections.total).toBe(0);
    },
  });
});

describe('An image that fails while it is served', () => {
  const failures: readonly [string, (path: string) => Promise<void>, RegExp][] = [
    ['cut', (path) => truncate(path, 500_000), /was cut while it was served/],
    [
      'replaced',
      async (path) => rename(await folder.file(image.slice(2048)), path),
      /was replaced or deleted while it was served/,
    ],
  ];
  for (const [what, harm, text] of failures) {
    const pc = drivePc();
    scenario(`because its file was ${what} costs the PC a read error, and another one can be put in`, {
      hardware: pc.hardware,
      async run({ machine }) {
        const path = await folder.file();
        await using source = await openImage(path);
        const session = await machine.mount({ cd: source, start: 'now' });
        const medium = await pc.medium();
        expect(sha256(await medium.read(0, 64))).toBe(sha256(image.subarray(0, 64 * 2048)));
        await harm(path);
        expect(await senseOf(medium.read(300, 64))).toBe('3/11/0');
        expect(session.statistics.failures).toBe(1);
        await session.insert('cd', cd());
        await vi.waitFor(async () => expect(await pc.medium()).not.toBe(medium), 10_000);
        expect(sha256(await pc.readAll(64))).toBe(sha256(image));
        await session.close();
        const failed = (await story(session)).events.find(({ type }) => type === 'failed');
        expect(failed).toMatchObject({ unit: 'cd', error: { message: expect.stringMatching(text) } });
      },
    });
  }

  const served = drivePc();
  scenario('because its server died is there again when the server is', {
    hardware: served.hardware,
    async run({ machine }) {
      const server = await new ImageServer(image).listen();
      try {
        await using source = await openImage(server.url, { timeoutMs: 300 });
        await using session = await machine.mount({ cd: source, start: 'now' });
        const medium = await served.medium();
        await medium.read(0, 16);
        let dead = true;
        server.misbehave = (request) => {
          if (dead) request.socket.destroy();
          return dead;
        };
        expect(await senseOf(medium.read(200, 16))).toBe('3/11/0');
        expect(session.statistics).toMatchObject({ failures: 1, stalls: 0 });
        dead = false;
        expect(sha256(await served.readAll(64))).toBe(sha256(image));
      } finally {
        await server.close();
      }
    },
  });

  const changed = drivePc();
  scenario('because its server has another one now never mixes the two', {
    hardware: changed.hardware,
    async run({ machine }) {
      const server = await new ImageServer(image).listen();
      try {
        await using source = await openImage(server.url);
        await using _session = await machine.mount({ cd: source, start: 'now' });
        const medium = await changed.medium();
        await medium.read(0, 16);
        server.bytes = image.slice().reverse();
        server.etag = '"2"';
        expect(await senseOf(medium.read(400, 16))).toBe('3/11/0');
        expect(await medium.read(0, 1)).toEqual(image.slice(0, 2048));
      } finally {
        await server.close();
      }
    },
  });

  const whole = drivePc();
  scenario('because its server knows no ranges is copied first where it is small', {
    hardware: whole.hardware,
    async run({ machine }) {
      const server = await new ImageServer(image).listen();
      server.ranges = false;
      const source = await openImage(server.url);
      await server.close();
      await using _session = await machine.mount({ cd: source, start: 'now' });
      expect(sha256(await whole.readAll(64))).toBe(sha256(image));
      await source[Symbol.asyncDispose]();
    },
  });
});

describe('A bad network', () => {
  const split = drivePc();
  scenario('that delivers single bytes changes none of them', {
    hardware: split.hardware,
    async run({ machine, simulator }) {
      simulator.setFaults({ splitBytes: 1 });
      await using _session = await machine.mount({ cd: memoryImage(image.slice(0, 60 * 2048)), start: 'now' });
      expect(sha256(await split.readAll(20))).toBe(sha256(image.subarray(0, 60 * 2048)));
      expect(simulator.received.nonsense).toEqual([]);
    },
  });

  const cut = drivePc();
  scenario('that cuts anywhere, also in the middle of a frame, ends the session with an error of its own', {
    hardware: cut.hardware,
    async run({ machine, simulator }) {
      for (const cutAfter of [1, 20, 200, 400, 425, 450, 500, 600, 1000, 5000, 20_000, 100_000]) {
        simulator.setFaults({ cutAfter });
        const attempt = (async () => {
          const session = await machine.mount({ cd: cd(), start: 'now' });
          const told = story(session);
          const reading = cut.medium().then((medium) => senseOf(medium.read(0, 512)));
          reading.catch(() => {});
          const { error } = await told;
          throw error;
        })();
        await expect(attempt, `cut after ${cutAfter} bytes`).rejects.toThrow(ConnectFailed);
        await allClosed(simulator);
      }
      simulator.setFaults();
      await using _session = await machine.mount({ cd: cd(), start: 'now' });
      expect(sha256(await cut.readAll(64))).toBe(sha256(image));
    },
  });
});

describe('A reset in the middle of a read', () => {
  const reset = drivePc();
  scenario('gives it up, and what is read afterwards is right', {
    hardware: reset.hardware,
    async run({ machine }) {
      // Slow enough for a reset to come between.
      const slow: BlockSource = {
        ...cd(),
        immediate: false,
        readInto: undefined as never,
        async read(offset, target) {
          await new Promise((resolve) => setTimeout(resolve, 30));
          target.set(image.subarray(offset, offset + target.length));
        },
      };
      await using session = await machine.mount({ cd: slow, start: 'now' });
      for (let i = 0; i < 3; i++) {
        const medium = await reset.medium();
        const reading = senseOf(medium.read(i * 10, 200));
        await machine.power.reset();
        await reading;
      }
      expect(sha256(await reset.readAll(64))).toBe(sha256(image));
      expect(session.statistics).toMatchObject({ failures: 0 });
      expect(session.statistics.resets).toBeGreaterThan(0);
    },
  });
});
