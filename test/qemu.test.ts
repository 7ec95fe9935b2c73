/** Real machines behind the simulated firmware: what consoles do to them, they do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { type BlockSource, openImage } from '@amtkit/core';
import { ipxeImage, type ReimageOptions, reimage } from '@amtkit/core/automation';
import { needs } from '@amtkit/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { Amt } from './support/amt.ts';
import { hashOfDisk } from './support/disk.ts';
import { mediaFor, type RealGuest, realGuest } from './support/real-guest.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Runs a reimage to its end; the last stage, and what the guest wrote. */
async function install({ machine }: RealGuest, image: string | BlockSource, options: Partial<ReimageOptions> = {}) {
  await using media = typeof image === 'string' ? await openImage(image) : image;
  let text = '';
  for await (const stage of reimage(machine, { media, serial: true, ...options })) {
    if (stage.stage === 'serial') text += stage.text;
    if (stage.stage === 'finished' || stage.stage === 'failed') return { verdict: stage, text };
  }
  throw new Error('It ended without a verdict.');
}

/** Reads a serial port until this is found. */
async function until(serial: AsyncIterable<Uint8Array>, wanted: RegExp): Promise<RegExpExecArray> {
  let text = '';
  const decoder = new TextDecoder();
  // The loop must not close the port: more is read from it.
  const reader = serial[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await reader.next();
    if (done) throw new Error(`The port ended before ${wanted}: ${text}`);
    text += decoder.decode(value, { stream: true });
    const found = wanted.exec(text);
    if (found !== null) return found;
  }
}

describe('A real guest', needs('qemu'), () => {
  it.for(['seabios', 'ovmf'] as const)(
    'installs itself by %s, starts what it installed, and shuts down when asked',
    async (bios, context) => {
      const media = await mediaFor(context);
      await using guest = await realGuest(context, { qemu: { bios } });
      const { verdict, text } = await install(guest, media.installAndRestart, {
        until: { serial: 'installed system up' },
      });
      expect(verdict).toMatchObject({ stage: 'finished', verdict: 'serial' });
      expect(text).toContain(`amtkit-installer: sha256 ${media.image.sha256}`);
      await guest.simulator.firmware.until(({ systemUp }) => systemUp);
      expect(guest.simulator.firmware.state.bootedFrom).toBe('disk');
      await guest.machine.power.off({ graceful: true });
      await guest.simulator.firmware.until(({ power }) => power === 'off');
      expect(await hashOfDisk(guest.disk, media.image.bytes)).toBe(media.image.sha256);
      expect(guest.said).toEqual([]);
    },
  );

  it('is switched on by an alarm, with nobody connected', async (context) => {
    // Alarms go off on full minutes; the clock of this firmware is just before one.
    const second = (Date.now() / 1000) % 60;
    const clockSkewSeconds = Math.floor(60 - second) - 3 + (second > 55 ? 60 : 0);
    await using guest = await realGuest(context, { quirks: { clockSkewSeconds } });
    const { firmware } = guest.simulator;
    const at = new Date(Math.ceil((firmware.seconds() + 1) / 60) * 60_000);
    expect(firmware.state.power).toBe('off');
    await guest.machine.alarms.add({ name: 'early', at });
    await guest.machine.close();
    await firmware.until(({ power }) => power === 'on');
    expect(firmware.seconds()).toBeGreaterThanOrEqual(at.getTime() / 1000);
    expect(guest.simulator.received.of('RequestPowerStateChange')).toEqual([]);
  });

  it('has a key pressed for its loader over the serial port, and reads an answer floppy', async (context) => {
    const media = await mediaFor(context);
    await using guest = await realGuest(context);
    await using floppy = await openImage(media.answers);
    const { verdict, text } = await install(guest, media.press, { floppy, press: 'space' });
    expect(verdict).toMatchObject({ stage: 'finished', verdict: 'power-off' });
    // The loader moves the cursor in the middle of words.
    expect(stripVTControlCharacters(text)).toContain('Press Enter or space to start from the CD');
    expect(text).toContain('amtkit-installer: answers: hostname=office-pc locale=en_GB');
    expect(await hashOfDisk(guest.disk, media.image.bytes)).toBe(media.image.sha256);
  });

  it('reads the end of a CD of 5 GiB, and prints its hash over Serial-over-LAN', async (context) => {
    const media = await mediaFor(context);
    await using guest = await realGuest(context);
    const { verdict, text } = await install(guest, media.large);
    expect(verdict).toMatchObject({ stage: 'finished', verdict: 'power-off' });
    expect(text).toContain(`amtkit-reader: size ${media.end.bytes}`);
    expect(text).toContain(`amtkit-reader: sha256 ${media.end.sha256}`);
  });

  it('starts from a small image that fetches the rest from a web server', async (context) => {
    const media = await mediaFor(context);
    await using guest = await realGuest(context, { qemu: { network: 'user' } });
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('#!ipxe\necho amtkit-ipxe: fetched\nsleep 600\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      // What this computer is for the guest.
      await using image = await ipxeImage(`http://10.0.2.2:${port}/install.ipxe`, { image: media.ipxe });
      const { verdict } = await install(guest, image, { until: { serial: 'amtkit-ipxe: fetched' } });
      expect(verdict).toMatchObject({ stage: 'finished', verdict: 'serial' });
      expect(asked).toEqual(['/install.ipxe']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('loses no byte of a flood on its serial port, in either direction', async (context) => {
    const media = await mediaFor(context);
    await using guest = await realGuest(context);
    const { machine } = guest;
    await machine.features.set({ listener: true, sol: true, ider: true });
    await using serial = await machine.serial();
    await using cd = await openImage(media.flood);
    await using _lent = await machine.mount({ cd, start: 'now' });
    await machine.boot.once('ider-cd');
    await machine.power.on();
    await until(serial, /amtkit-flood: started\r?\n/);
    const flood = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    await serial.write(flood);
    const { input } = await until(serial, /amtkit-flood: finished/);
    expect(input).toContain(`amtkit-flood: heard ${createHash('sha256').update(flood).digest('hex')}`);
    const numbers = input.match(/^\d+$/gm)?.map(Number);
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  });

  it('sees a CD go and another one come while its system runs', async (context) => {
    const media = await mediaFor(context);
    await using guest = await realGuest(context, { qemu: { redirectedCd: 'ide' } });
    const { machine } = guest;
    await machine.features.set({ listener: true, sol: true, ider: true });
    await using serial = await machine.serial();
    await using watching = await openImage(media.watch);
    const first = await machine.mount({ cd: watching, start: 'now' });
    await machine.boot.once('ider-cd');
    await machine.power.on();
    await until(serial, /amtkit-watcher: medium AMTKIT_WATCH/);
    await first.close();
    await until(serial, /amtkit-watcher: medium none/);
    await using other = await openImage(media.press);
    await using _second = await machine.mount({ cd: other, start: 'now' });
    await until(serial, /amtkit-watcher: medium AMTKIT_PRESS/);
    expect(guest.simulator.received.problems).toEqual([]);
  });

  it('shows the set-up of UEFI over the serial port', async (context) => {
    await using guest = await realGuest(context, { qemu: { bios: 'ovmf' } });
    await guest.machine.features.set({ listener: true, sol: true });
    await using serial = await guest.machine.serial();
    await guest.machine.boot.once('bios');
    await guest.machine.power.on();
    await until(serial, /Boot Maintenance Manager/);
    await guest.simulator.firmware.until(({ bootedFrom }) => bootedFrom === 'bios');
  });

  it('goes off for the firmware, too, when its process is killed', async (context) => {
    await using guest = await realGuest(context);
    await guest.machine.power.on();
    await guest.simulator.firmware.until(({ power }) => power === 'on');
    process.kill(guest.simulator.qemu?.pid ?? 0, 'SIGKILL');
    await guest.simulator.firmware.until(({ power }) => power === 'off');
    expect(await guest.machine.power.state()).toBe('off');
    expect(guest.said).toEqual(['QEMU ended by SIGKILL.']);
  });

  it('is started by amt simulate, tells its disk, and leaves nothing behind but that', async () => {
    await using amt = await Amt.open();
    const disk = `${amt.folder}/pc.qcow2`;
    const words = `--qemu --count 2 --disk ${disk} --disk-size 1G --memory 64 --power on --accelerator tcg`;
    const running = amt.start(`simulate ${words} --password ${password} --json`);
    await vi.waitFor(() => expect(running.said.stdout).toContain('\n'), 30_000);
    const { machines } = JSON.parse(running.said.stdout);
    expect(machines).toMatchObject([
      { name: 'sim-1', qemu: true, disk: `${amt.folder}/pc-1.qcow2` },
      { name: 'sim-2', qemu: true, disk: `${amt.folder}/pc-2.qcow2` },
    ]);
    const again = await amt.run(`simulate --qemu --disk ${machines[0].disk} --json`);
    expect(again).toMatchObject({ status: 10 });
    expect(again.stdout).toContain(`The disk ${machines[0].disk} is in use by another program.`);
    running.child.kill('SIGINT');
    await once(running.child, 'close');
    expect(existsSync(machines[0].disk)).toBe(true);
    expect(existsSync(machines[0].vnc)).toBe(false);
  });
});
