/** The redirected drives against a QEMU that is a list of commands. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '@amtkit/core/wire';
import { afterEach, expect, test } from 'vitest';
import { mediumOf } from '../../testing/tiny-guest.ts';
import type { DriveUnit, RedirectedMedium } from '../hardware.ts';
import { RedirectedDrives } from './drives.ts';
import type { Qmp } from './qmp.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Drives, and a QEMU that connects as it is told to. */
function make() {
  const folder = mkdtempSync(join(tmpdir(), 'amtkit-test-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const commands: string[] = [];
  const lost: DriveUnit[] = [];
  const sockets: Socket[] = [];
  const drives = new RedirectedDrives({
    path: join(folder, 'nbd'),
    wrap: (medium) => medium,
    lost: (unit) => lost.push(unit),
  });
  cleanups.push(() => drives.close());
  const qmp: Qmp = {
    async execute(command, input = {}) {
      commands.push(command);
      if (command !== 'blockdev-add') return {};
      const name = new TextEncoder().encode(String(input.export));
      const socket = connect((input.server as { path: string }).path);
      sockets.push(socket);
      await once(socket, 'data');
      // The oldest way to choose an export: flags, then its name.
      socket.write(fromHex(`0000000349484156454f505400000001${name.length.toString(16).padStart(8, '0')}`));
      socket.write(name);
      await once(socket, 'data');
      return {};
    },
    async next() {},
    monitor: async () => '',
    ended: new Promise(() => {}),
  };
  return { drives, qmp, commands, lost, sockets };
}

/** A medium whose reads never end. */
function silent(): RedirectedMedium {
  return Object.assign(mediumOf(new Uint8Array(2048)), { read: () => new Promise<Uint8Array>(() => {}) });
}

test('a medium that goes fails what was asked of it first: QEMU waits for that before it lets go', async () => {
  const { drives, qmp, commands, lost, sockets } = make();
  await drives.change('cd', silent(), qmp);
  sockets[0]?.write(fromHex('25609513000000000000000000000001000000000000000000000800'));
  const failed = once(sockets[0] as Socket, 'data');
  await drives.change('cd', undefined, qmp);
  expect(String((await failed)[0].toString('hex'))).toBe('67446698000000050000000000000001');
  expect(commands).toEqual([
    ...['blockdev-add', 'blockdev-open-tray', 'blockdev-insert-medium', 'blockdev-close-tray'],
    ...['blockdev-open-tray', 'blockdev-remove-medium', 'blockdev-close-tray', 'blockdev-del'],
  ]);
  expect(lost).toEqual([]);
});

test('a connection that breaks under a medium is noticed', async () => {
  const { drives, qmp, commands, lost, sockets } = make();
  await drives.change('cd', mediumOf(new Uint8Array(2048)), qmp);
  sockets[0]?.destroy();
  await expect.poll(() => lost).toEqual(['cd']);
  commands.length = 0;
  await drives.reload('cd', qmp);
  expect(commands).toContain('blockdev-insert-medium');
  expect(sockets).toHaveLength(2);
});

test('a guest that goes takes no medium with it', async () => {
  const { drives, qmp, lost } = make();
  await drives.change('floppy', mediumOf(new Uint8Array(512), 512), undefined);
  expect(drives.holds('floppy')).toBe(true);
  await drives.attach(qmp);
  drives.detach();
  expect(drives.holds('floppy')).toBe(true);
  expect(lost).toEqual([]);
});
