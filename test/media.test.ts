/** A person lends a PC an image, and the PC starts from it. */
import { open } from 'node:fs/promises';
import {
  AuthenticationFailed,
  type ConnectOptions,
  ConsentRequired,
  connect,
  fileImage,
  MethodFailed,
  memoryImage,
  openImage,
  overlayImage,
  RedirectionRefused,
} from '@amtkit/core';
import { ImageServer } from '@amtkit/core/testing';
import { createSimulators, makeIso, memoryPc, type ProfileName } from '@amtkit/simulator';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { drivePc, senseOf } from './support/drive-pc.ts';
import { allClosed, cd, ImageFolder, image, sha256, story } from './support/lent-image.ts';
import { password, reach, scenario } from './support/scenario.ts';

const folder = new ImageFolder();
afterAll(() => folder.remove());

/** An installer that copies a system to the disk, compares, and switches the PC off. */
const system = new TextEncoder().encode(`#!amtkit\nsystem Demo OS 2\n${'x'.repeat(300_000)}`);
const installer = makeIso({
  files: { 'DISK.IMG': system },
  bootScript: 'print Installing.\ncopy DISK.IMG disk\nverify DISK.IMG disk\npoweroff\n',
});

describe('A PC starts from an image that is lent to it', () => {
  const ways: readonly [string, ProfileName, Partial<ConnectOptions>][] = [
    ['in clear', 'amt-12', { tls: 'off' }],
    ['with TLS', 'amt-16', {}],
    ['with the TLS of AMT 7', 'amt-7', { tls: 'on', legacyTls: true }],
  ];
  for (const [way, profile, how] of ways) {
    const hardware = memoryPc({ speed: 0 });
    scenario(`${way}, installs itself and has every byte on its disk`, {
      profile,
      hardware,
      connect: how,
      async run({ machine, simulator }) {
        await using source = await openImage(await folder.file(installer));
        await using session = await machine.mount({ cd: source });
        await machine.boot.once('ider-cd', { now: true });
        await vi.waitFor(() => expect(hardware.disk.sha256).toBe(sha256(system)), 10_000);
        await vi.waitFor(() => expect(hardware.power).toBe('off'));
        const { touched, blocks, bytesRead, failures } = session.statistics;
        expect(touched.cd).toBeGreaterThan(300_000 / 2048);
        expect(touched.cd).toBeLessThanOrEqual(blocks.cd);
        expect(bytesRead).toBeGreaterThan(300_000);
        expect(failures).toBe(0);
        await session.close();
        await allClosed(simulator);
        expect(simulator.received.messages('CloseSession')).toHaveLength(1);
        expect(simulator.received.nonsense).toEqual([]);
      },
    });
  }

  const fromServer = memoryPc({ speed: 0 });
  scenario('from a server on the web, which drops a connection meanwhile', {
    hardware: fromServer,
    async run({ machine }) {
      const server = await new ImageServer(installer).listen();
      try {
        let drops = 2;
        server.misbehave = (request) => {
          if (request.headers.range?.startsWith('bytes=0-') || drops-- <= 0) return false;
          request.socket.destroy();
          return true;
        };
        await using source = await openImage(server.url);
        await using session = await machine.mount({ cd: source });
        await machine.boot.once('ider-cd', { now: true });
        await vi.waitFor(() => expect(fromServer.disk.sha256).toBe(sha256(system)), 10_000);
        expect(session.statistics.failures).toBe(0);
      } finally {
        await server.close();
      }
    },
  });

  it('eight of them at once, from one file and one process', async () => {
    const simulators = await createSimulators(8, { speed: 0, password, power: 'on' });
    try {
      await using source = await openImage(await folder.file(installer));
      const done = await Promise.all(
        simulators.map(async (simulator) => {
          await using machine = await connect(reach(simulator));
          await using session = await machine.mount({ cd: source });
          await machine.boot.once('ider-cd', { now: true });
          await vi.waitFor(() => expect(session.statistics.bytesRead).toBeGreaterThan(300_000), 20_000);
          await vi.waitFor(async () => expect(await machine.power.state()).toBe('off'), 20_000);
          return session.statistics.failures;
        }),
      );
      expect(done).toEqual(Array(8).fill(0));
    } finally {
      await Promise.all(simulators.map((simulator) => simulator.close()));
    }
  }, 60_000);
});

describe('Drives that are lent', () => {
  const seen = drivePc();
  scenario('are seen at once, changed, ejected and gone again', {
    hardware: seen.hardware,
    async run({ machine, simulator }) {
      const session = await machine.mount({ cd: cd(), floppy: memoryImage(image), start: 'now' });
      expect(sha256(await seen.readAll(64))).toBe(sha256(image));
      expect(sha256(await seen.readAll(100, 'floppy'))).toBe(sha256(image));
      expect(session.statistics).toMatchObject({ touched: { cd: 512, floppy: 2048 } });
      const other = image.slice(2048 * 100);
      await session.insert('cd', memoryImage(other));
      await vi.waitFor(async () => expect((await seen.medium()).blocks).toBe(412), 10_000);
      expect(sha256(await seen.readAll(32))).toBe(sha256(other));
      await session.insert('cd', undefined);
      await seen.empty();
      expect((await seen.medium('floppy')).blocks).toBe(2048);
      await session.close();
      await seen.empty('floppy');
      await allClosed(simulator);
    },
  });

  const later = drivePc();
  scenario('at the next start are not seen before', {
    hardware: later.hardware,
    async run({ machine }) {
      await using session = await machine.mount({ cd: cd() });
      expect(await Promise.race([later.medium(), new Promise((resolve) => setTimeout(resolve, 100, 'nothing'))])).toBe(
        'nothing',
      );
      await machine.power.reset();
      expect(sha256(await later.readAll(64))).toBe(sha256(image));
      expect(session.statistics.resets).toBeGreaterThan(0);
    },
  });

  const written = drivePc();
  scenario('may be written: into the file, or beside it', {
    hardware: written.hardware,
    async run({ machine }) {
      const data = image.slice(0, 51_200);
      const path = await folder.file(new Uint8Array(1_474_560));
      {
        await using floppy = await openImage(path, { write: 'in-place' });
        await using _session = await machine.mount({ floppy, start: 'now' });
        const medium = await written.medium('floppy');
        expect(medium.writable).toBe(true);
        await medium.write(700, data);
        expect(sha256(await medium.read(700, 100))).toBe(sha256(data));
      }
      await written.empty('floppy');
      {
        await using floppy = await overlayImage(await fileImage(path));
        await using _session = await machine.mount({ floppy, start: 'now' });
        const medium = await written.medium('floppy');
        expect(sha256(await medium.read(700, 100))).toBe(sha256(data));
        await medium.write(700, new Uint8Array(51_200));
        expect(await medium.read(799, 1)).toEqual(new Uint8Array(512));
      }
      await using again = await fileImage(path);
      const kept = new Uint8Array(51_200);
      await again.read(700 * 512, kept);
      expect(sha256(kept)).toBe(sha256(data));
    },
  });

  const large = drivePc();
  scenario('may be larger than any number of 32 bits, and sparse', {
    hardware: large.hardware,
    async run({ machine }) {
      const path = await folder.file(new Uint8Array(0));
      const size = 5 * 1024 ** 3;
      const handle = await open(path, 'r+');
      await handle.truncate(size);
      await handle.write(image, 0, 8192, size - 8192);
      await handle.close();
      await using source = await openImage(path);
      await using _session = await machine.mount({ cd: source, start: 'now' });
      const medium = await large.medium();
      expect(medium.blocks).toBe(size / 2048);
      const end = await medium.read(medium.blocks - 4, 4);
      expect(sha256(end)).toBe(sha256(image.subarray(0, 8192)));
      expect(await senseOf(medium.command(Uint8Array.of(0x28, 0, 0, 0x28, 0, 0, 0, 0, 1)))).toBe('5/21/0');
    },
  });

  const asked = drivePc();
  scenario('answer what they cannot do with the reason, and go on', {
    hardware: asked.hardware,
    async run({ machine, simulator }) {
      await using _session = await machine.mount({ cd: cd(), start: 'now' });
      const medium = await asked.medium();
      const sense = (...cdb: number[]) => senseOf(medium.command(Uint8Array.from(cdb)));
      expect(await senseOf(medium.read(512, 1))).toBe('5/21/0');
      expect(await senseOf(medium.read(511, 2))).toBe('5/21/0');
      expect(await sense(0xbe, 0, 0, 0, 0, 0, 0, 0, 1, 0x10)).toBe('5/20/0');
      expect(await sense(0x5b)).toBe('5/20/0');
      expect(await sense(0x55, 0x10)).toBe('5/20/0');
      expect(await sense(0x46, 3, 0, 0, 0, 0, 0, 0, 8)).toBe('5/24/0');
      expect(await medium.read(16, 1)).toEqual(image.slice(16 * 2048, 17 * 2048));
      expect(simulator.received.nonsense).toEqual([]);
    },
  });

  const crowded = drivePc();
  scenario('do not hinder a reset, and are in the way of a power cycle', {
    hardware: crowded.hardware,
    async run({ machine }) {
      await using _session = await machine.mount({ cd: cd(), start: 'now' });
      await expect(machine.power.cycle()).rejects.toThrow(MethodFailed);
      await machine.power.reset();
      expect(sha256(await crowded.readAll(64))).toBe(sha256(image));
    },
  });

  const closed = drivePc();
  scenario('are closed in good order with their machine', {
    hardware: closed.hardware,
    async run({ machine, simulator }) {
      const session = await machine.mount({ cd: cd(), start: 'now' });
      await machine.close();
      await allClosed(simulator);
      expect(simulator.received.messages('CloseSession')).toHaveLength(1);
      expect(await story(session)).toMatchObject({ error: undefined });
    },
  });

  const traced = drivePc();
  scenario('can be watched message by message', {
    hardware: traced.hardware,
    async run({ machine }) {
      const lines: string[] = [];
      const session = await machine.mount({ cd: cd(), start: 'now', trace: (line) => lines.push(line) });
      await (await traced.medium()).read(0, 8);
      await session.close();
      expect(lines).toContainEqual(expect.stringMatching(/^< CommandWritten .* command=READ lba=0 blocks=8$/));
      expect(lines).toContainEqual(expect.stringMatching(/^> IderDataToHost .*length=8192 .*data=<8192 bytes>$/));
      expect(lines.filter((line) => line.includes('cannot be read'))).toEqual([]);
      expect(lines.join()).not.toContain(password);
    },
  });
});

describe('Drives that are refused', () => {
  scenario('because somebody else lends some are lent when he is gone', {
    async run({ machine, simulator }) {
      await using other = await connect(reach(simulator));
      const theirs = await other.mount({ cd: cd(), start: 'now' });
      await expect(machine.mount({ cd: cd() })).rejects.toMatchObject({ code: 'REDIRECTION_REFUSED', busy: true });
      await theirs.close();
      await using _ours = await machine.mount({ cd: cd() });
    },
  });

  scenario('for a wrong password are asked for once', {
    async run({ machine, simulator }) {
      simulator.firmware.change((state) => {
        state.admin = { ...state.admin, ha1: '0'.repeat(32) };
      });
      simulator.received.clear();
      await expect(machine.mount({ cd: cd() })).rejects.toThrow(AuthenticationFailed);
      expect(simulator.received.logins.map(({ ok }) => ok)).toEqual([false]);
    },
  });

  scenario('because the feature is off say which switch', {
    async run({ machine }) {
      await machine.features.set({ ider: false });
      const attempt = machine.mount({ cd: cd() });
      await expect(attempt).rejects.toThrow(RedirectionRefused);
      await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining('--ider on') });
      await machine.features.set({ ider: true });
      await using _session = await machine.mount({ cd: cd() });
    },
  });

  scenario('because the listener is off say how to switch it on', {
    async run({ machine }) {
      await machine.features.set({ listener: false });
      await expect(machine.mount({ cd: cd() })).rejects.toMatchObject({
        code: 'CONNECT_FAILED',
        hint: expect.stringContaining('--listener on'),
      });
    },
  });

  scenario('for want of consent say so', {
    consent: 'all',
    async run({ machine }) {
      await expect(machine.mount({ cd: cd() })).rejects.toThrow(ConsentRequired);
    },
  });
});
