/**
 * `npm run reimage-matrix`: a real guest is installed through the simulated firmware, by BIOS and by UEFI, without and
 * with TLS. One line for each: whether the disk holds what it should, how long it took, how fast the guest read.
 */
import { connect, openImage } from '@amtkit/core';
import { reimage } from '@amtkit/core/automation';
import { findProgram } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';
import { type Media, testMedia } from './media/media.ts';
import { MediaUnavailable } from './media/packages.ts';
import { hashOfDisk } from './support/disk.ts';
import { password, reach } from './support/scenario.ts';

/** Far above what the slowest computer takes. */
const TIMEOUT_MS = 600_000;

process.exitCode = await main();

async function main(): Promise<number> {
  if (findProgram('qemu-system-x86_64') === undefined) {
    console.error('QEMU is not installed; on Debian and Ubuntu: apt-get install qemu-system-x86 qemu-utils ovmf.');
    return 1;
  }
  let media: Media;
  try {
    media = await testMedia();
  } catch (error) {
    if (!(error instanceof MediaUnavailable)) throw error;
    console.error(error.message);
    return 1;
  }
  let failed = 0;
  for (const bios of ['seabios', 'ovmf'] as const) {
    for (const tls of ['plain', 'tls'] as const) {
      const { ok, text } = await install(media, bios, tls);
      console.log(`${bios.padEnd(7)}  ${tls.padEnd(5)}  ${text}`);
      if (!ok) failed++;
    }
  }
  return failed === 0 ? 0 : 1;
}

/** Installs once. */
async function install(
  media: Media,
  bios: 'seabios' | 'ovmf',
  tls: 'plain' | 'tls',
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const said: string[] = [];
  const disk = { size: 64 * 1024 ** 2 };
  const qemu = { bios, disk, log: (line: string) => said.push(line) };
  await using simulator = await createSimulator({ password, qemu });
  await using machine = await connect({ ...reach(simulator), tls: tls === 'tls' ? 'on' : 'off' });
  await using image = await openImage(media.install);
  const began = performance.now();
  let started = began;
  for await (const stage of reimage(machine, { media: image, until: 'power-off', timeoutMs: TIMEOUT_MS })) {
    if (stage.stage === 'serial') said.push(stage.text);
    if (stage.stage === 'booting') started = performance.now();
    if (stage.stage === 'failed') return { ok: false, text: `failed: ${stage.reason}\n${said.join('\n')}` };
    if (stage.stage !== 'finished') continue;
    const ended = performance.now();
    const rate = stage.progress.bytes / 1000 / (ended - started);
    // The disk can be read once no guest has it open.
    await simulator.qemu?.apply('off');
    const hash = await hashOfDisk(simulator.qemu?.disk ?? '', media.image.bytes);
    const ok = hash === media.image.sha256;
    const verdict = ok ? 'sha256 ok' : `sha256 is ${hash}, not ${media.image.sha256}`;
    return { ok, text: `${verdict}  ${((ended - began) / 1000).toFixed(1)} s  ${rate.toFixed(1)} MB/s` };
  }
  return { ok: false, text: 'ended without a verdict' };
}
