/** MeshCentral's storage module and redirection connection, unmodified: a PC installs itself from an image they serve. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@amtkit/core';
import { needs } from '@amtkit/core/testing';
import { createSimulator, type MemoryPc, makeIso, memoryPc, type Simulator } from '@amtkit/simulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MeshConnection, meshConnect, meshIder, meshStop, ownAddress } from './meshcentral-redirection.ts';

const password = 'P@ssw0rd1';

/** What is installed: bytes without a pattern that would hide a block in a wrong place. */
const system = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 11) * 13) & 0xff);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each([
  { way: 'plain', tls: false, place: 1 },
  { way: 'TLS', tls: true, place: 2 },
])("MeshCentral's storage module over $way", needs('peers'), ({ tls, place }) => {
  let folder: string;
  let image: string;
  let floppy: string;
  let pc: MemoryPc;
  let simulator: Simulator;
  let connection: MeshConnection | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amtkit-mesh-ider-'));
    image = join(folder, 'install.iso');
    floppy = join(folder, 'answers.img');
    const bootScript = 'print Installing.\ncopy SYSTEM.IMG disk\nverify SYSTEM.IMG disk\npoweroff\n';
    await writeFile(image, makeIso({ label: 'INSTALL', files: { 'SYSTEM.IMG': system }, bootScript }));
    await writeFile(floppy, new Uint8Array(1_474_560));
  });

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    pc = memoryPc({ speed: 0 });
    simulator = await createSimulator({
      profile: 'amt-12',
      password,
      speed: 0,
      hardware: pc,
      host: ownAddress(place),
      ports: { redirection: 16994, redirectionTls: 16995 },
    });
  });

  afterEach(async () => {
    meshStop(connection);
    connection = undefined;
    await simulator?.close();
  });

  it.each([
    { when: 'at the next start', start: 0 as const },
    { when: 'at once', start: 2 as const },
  ])('lends a CD $when, and the PC installs itself from it', async ({ start }) => {
    connection = meshConnect(meshIder({ cd: image }, start), simulator, { tls, password });
    await expect.poll(() => simulator.received.messages('DisableEnableFeatures').length).toBe(1);
    await bootFromCd(simulator);
    await expect.poll(() => pc.disk.sha256, { timeout: 20_000 }).toBe(sha256(system));
    await expect.poll(() => pc.power).toBe('off');
    expect(connection.State).not.toBe(0);
  });

  it('lends a floppy beside the CD', async () => {
    const module = meshIder({ cd: image, floppy }, 2);
    const reads: number[] = [];
    module.sectorStats = (mode, device) => void (mode === 1 && reads.push(device));
    connection = meshConnect(module, simulator, { tls, password });
    await bootFromCd(simulator);
    await expect.poll(() => pc.disk.sha256, { timeout: 20_000 }).toBe(sha256(system));
    await expect.poll(() => pc.power).toBe('off');
    expect(new Set(reads)).toContain(1);
  });

  it('is refused with a wrong password', async () => {
    connection = meshConnect(meshIder({ cd: image }, 2), simulator, { tls, password: 'Wr0ng!pass' });
    await expect.poll(() => connection?.State).toBe(0);
    expect(simulator.openSessions.ider).toBe(false);
  });
});

async function bootFromCd({ host, ports }: Simulator): Promise<void> {
  const { wsman = 0 } = ports;
  const machine = await connect({ host, password, tls: 'off', ports: { wsman } });
  await machine.boot.once('ider-cd', { now: true });
  await machine.close();
}
