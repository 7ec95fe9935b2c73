/** A PC made of QEMU, started from media that are not files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { needs } from '@amtkit/core/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { mediumOf, tinyCd, tinyFloppy } from '../../testing/tiny-guest.ts';
import type { HardwareChange } from '../hardware.ts';
import type { QemuPcOptions } from './options.ts';
import { qemuPc } from './pc.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A PC with a notebook of what it said and wrote. */
async function make(options: QemuPcOptions = {}) {
  const lines: string[] = [];
  const pc = await qemuPc({ accelerator: 'tcg', memory: 64, log: (line) => lines.push(line), ...options });
  cleanups.push(() => pc[Symbol.asyncDispose]());
  const changes: string[] = [];
  let text = '';
  let wake = () => {};
  void (async () => {
    for await (const change of pc.changes()) {
      changes.push(nameOf(change));
      wake();
    }
  })();
  void (async () => {
    for await (const bytes of pc.serial) {
      text += new TextDecoder('latin1').decode(bytes);
      wake();
    }
  })();
  return {
    pc,
    lines,
    changes,
    serial: () => text,
    press: (keys: string) => pc.serial.write(new TextEncoder().encode(keys)),
    /** Waits until it is so, and forgets the text so far. */
    async until(wanted: RegExp | string): Promise<void> {
      const found = () => (typeof wanted === 'string' ? changes.includes(wanted) : wanted.test(text));
      while (!found()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      text = typeof wanted === 'string' ? text : text.slice(text.search(wanted)).replace(wanted, '');
    },
  };
}

function nameOf(change: HardwareChange): string {
  if (change.kind === 'power') return change.power;
  return change.kind === 'booted' ? `from ${change.from}` : change.kind;
}

/** Whether a process is there, and not only still listed because nobody asked how it ended. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'amtkit-test-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('a PC made of QEMU', { timeout: 20_000, ...needs('qemu') }, () => {
  test('starts from a redirected CD, and leaves nothing behind', async () => {
    const { pc, until, changes } = await make();
    const cd = mediumOf(tinyCd());
    await pc.insert('cd', cd);
    await pc.apply('on', 'ider-cd');
    const pid = pc.pid as number;
    await until(/tiny guest up e0\r\n/);
    await until('from ider-cd');
    expect(changes).toEqual(['on', 'starting', 'from ider-cd']);
    expect(pc).toMatchObject({ power: 'on', bootedFrom: 'ider-cd' });
    expect(cd.reads.map(({ block }) => block)).toEqual(expect.arrayContaining([17, 19, 20]));
    await pc[Symbol.asyncDispose]();
    expect(runs(pid)).toBe(false);
    expect(existsSync(dirname(pc.vnc))).toBe(false);
  });

  test('sees a medium go and another one come', async () => {
    const { pc, until, press } = await make();
    const image = tinyCd();
    await pc.insert('cd', mediumOf(image));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
    await press('c');
    await until(/01434430303101/);
    await pc.insert('cd', undefined);
    await press('c');
    await until(/!0c/);
    image[16 * 2048] = 0x77;
    await pc.insert('cd', mediumOf(image));
    // Not before a reset: SeaBIOS does not ask what the drive then has to tell, and QEMU's drive waits to be asked.
    await pc.apply('reset', 'ider-cd');
    await until(/tiny guest up/);
    await press('c');
    await until(/77434430303101/);
  });

  test('installs to its disk, which lasts, and starts from it', async () => {
    const file = join(temporaryFolder(), 'disk.qcow2');
    const first = await make({ disk: { file, size: 4 * 1024 ** 2 } });
    await first.pc.insert('cd', mediumOf(tinyCd()));
    await first.pc.apply('on', 'ider-cd');
    await first.until(/tiny guest up e0/);
    await first.press('i');
    await first.until(/\+\r\n/);
    // A reset by the guest: the override held for one start.
    await first.press('r');
    await first.until(/tiny guest up 80/);
    expect(first.changes).toEqual(['on', 'starting', 'from ider-cd', 'starting', 'from disk']);
    await first.pc[Symbol.asyncDispose]();
    const second = await make({ disk: { file } });
    await second.pc.apply('on');
    await second.until(/tiny guest up 80/);
  });

  test('notices that the guest switched itself off', async () => {
    const { pc, until, press, lines } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
    await press('q');
    await until('off');
    expect(pc).toMatchObject({ power: 'off', pid: undefined });
    expect(lines).toEqual([]);
  });

  test('notices that the guest died', async () => {
    const { pc, until, lines } = await make();
    await pc.apply('on');
    process.kill(pc.pid as number, 'SIGKILL');
    await until('off');
    expect(lines).toEqual(['QEMU ended by SIGKILL.']);
    await pc.apply('on');
    expect(pc.power).toBe('on');
  });

  test('asks a system that is up to shut down', async () => {
    const { pc, until, press } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
    expect(pc.systemUp).toBe(false);
    await press('a');
    await until('system-up');
    await pc.apply('soft-reset', 'ider-cd');
    await until(/tiny guest up/);
    expect(pc.power).toBe('on');
    await press('a');
    await until(/\+\r\n/);
    await pc.apply('soft-off');
    expect(pc.power).toBe('off');
  });

  test('gives up on a system that does not listen', async () => {
    const { pc, lines } = await make({ patienceMs: 100 });
    await pc.apply('on');
    await pc.apply('soft-off');
    expect(pc.power).toBe('on');
    expect(lines).toEqual(['The system did not follow soft-off within 100 ms, and goes on.']);
  });

  test('is reset in the middle of a start, and starts from what is wanted now', async () => {
    const { pc, until, changes } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on');
    await pc.apply('reset', 'ider-cd');
    await until(/tiny guest up/);
    await until('from ider-cd');
    expect(changes.filter((each) => each !== 'from disk')).toEqual(['on', 'starting', 'starting', 'from ider-cd']);
  });

  test.each([
    ['on the Q35 chipset', { machine: 'q35' }],
    ['behind SCSI', { redirectedCd: 'scsi' }],
    ['in clusters', { clusterBytes: 65_536 }],
  ] as const)('reads a redirected CD %s', async (_, options) => {
    const { pc, until, press } = await make(options);
    const cd = mediumOf(tinyCd());
    await pc.insert('cd', cd);
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
    await until('from ider-cd');
    await press('c');
    await until(/01434430303101/);
    const first = cd.reads[0];
    expect(first?.count).toBe('clusterBytes' in options ? 32 : 1);
  });

  test('starts from a redirected floppy, writes to it, and starts from another one', async () => {
    const { pc, until, press } = await make({ disk: { size: 4 * 1024 ** 2, bus: 'virtio' } });
    const written = tinyFloppy();
    await pc.insert('floppy', mediumOf(written, 512, true));
    await pc.apply('on', 'ider-floppy');
    await until(/tiny guest up 80/);
    await until('from ider-floppy');
    await press('c');
    await until(/[0-9a-f]{32}/);
    // It writes itself to the drive that it came from, and has noted the number of that.
    await press('i');
    await until(/\+\r\n/);
    expect(written.findIndex((byte, index) => byte !== tinyFloppy()[index])).toBe(0x126);
    await pc.insert('floppy', undefined);
    await pc.insert('floppy', mediumOf(tinyFloppy(), 512));
    await pc.apply('reset', 'ider-floppy');
    await until(/tiny guest up/);
  });

  test('goes on to its disk where the redirected drive is empty', async () => {
    const { pc, until, press } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up e0/);
    await press('i');
    await until(/\+\r\n/);
    await pc.insert('cd', undefined);
    await pc.apply('reset', 'ider-cd');
    await until(/tiny guest up 80/);
    expect(pc.bootedFrom).toBe('disk');
  });

  test('shows the menu of its BIOS, and the next time no more', async () => {
    const { pc, until, changes, press } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
    await pc.apply('reset', 'bios');
    await until(/3\. DVD/);
    expect(pc.bootedFrom).toBe('bios');
    await press('3');
    await until(/tiny guest up e0/);
    await press('r');
    await until(/No bootable device|not a bootable disk/);
    expect(changes).toEqual([
      ...['on', 'starting', 'from ider-cd'],
      ...['starting', 'from bios', 'from ider-cd'],
      'starting',
    ]);
  });

  test('starts anew by the keys of a person, also where its BIOS found nothing', async () => {
    const { pc, until, changes } = await make();
    await pc.apply('on');
    await until(/No bootable device/);
    pc.screen.key(0xe0, true);
    pc.screen.key(0xe2, true);
    pc.screen.key(0x4c, true);
    await until(/SeaBIOS/);
    await vi.waitFor(() => expect(changes).toEqual(['on', 'starting', 'starting']));
  });

  test('sleeps when its system wants to, and is woken', async () => {
    const { pc, until, press, changes } = await make();
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
    await press('s');
    await until('sleep');
    expect(pc.power).toBe('sleep');
    await pc.apply('on');
    await vi.waitFor(() => expect(pc.power).toBe('on'));
    expect(changes.slice(0, 5)).toEqual(['on', 'starting', 'from ider-cd', 'sleep', 'on']);
    await pc.apply('reset', 'ider-cd');
    await until(/tiny guest up/);
    await press('s');
    await vi.waitFor(() => expect(pc.power).toBe('sleep'));
    await pc.apply('reset', 'ider-cd');
    await until(/tiny guest up/);
    expect(pc.power).toBe('on');
  });

  test('starts over the network', async () => {
    const { pc, until } = await make({ network: 'user' });
    await pc.apply('on', 'pxe');
    await until(/iPXE/);
    await until('from pxe');
  });

  test('says what it has not, and starts as ever', async () => {
    const { pc, lines } = await make();
    await pc.apply('on', 'pxe');
    expect(lines).toEqual(['This PC has nothing to start "pxe" from, and starts as it ever does.']);
    await pc.apply('sleep');
    expect(lines.at(-1)).toBe(
      'Nothing in a guest of QEMU hears the wish to sleep: its system has to do that by itself.',
    );
  });

  test('finds out by itself how its processor is run', async () => {
    const { pc, until } = await make({ accelerator: 'auto' });
    await pc.insert('cd', mediumOf(tinyCd()));
    await pc.apply('on', 'ider-cd');
    await until(/tiny guest up/);
  });

  test.each([
    ['is told to end', 'SIGTERM'],
    ['is killed', 'SIGKILL'],
    ['makes a mistake', undefined],
  ] as const)('goes with its process, when that %s', async (_, signal) => {
    const program = `
      import { qemuPc } from ${JSON.stringify(new URL('./pc.ts', import.meta.url).href)};
      const pc = await qemuPc({ accelerator: 'tcg', memory: 64, power: 'on' });
      console.log(JSON.stringify([pc.pid, pc.vnc]));
      process.stdin.once('data', () => setTimeout(() => { throw new Error('a mistake'); }));
    `;
    const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program]);
    const [line] = (await once(child.stdout, 'data')) as [Uint8Array];
    const [pid, vnc] = JSON.parse(String(line)) as [number, string];
    const folder = dirname(vnc);
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    expect(existsSync(vnc)).toBe(true);
    if (signal === undefined) child.stdin.write('now');
    else child.kill(signal);
    await once(child, 'close');
    await vi.waitFor(() => expect(runs(pid)).toBe(false));
    // Nobody is left who could remove it after SIGKILL.
    expect(existsSync(folder)).toBe(signal === 'SIGKILL');
  });

  test('refuses a disk that another one uses', async () => {
    const file = join(temporaryFolder(), 'disk.qcow2');
    const { pc } = await make({ disk: { file, size: 1024 ** 2 } });
    await pc.apply('on');
    await expect(make({ disk: { file } })).rejects.toThrow(`The disk ${file} is in use by another program.`);
  });

  test('says what QEMU does not understand', async () => {
    const { pc } = await make({ cpu: 'abacus' });
    await expect(pc.apply('on')).rejects.toThrow(/QEMU ended with exit code 1 instead of starting: .*abacus/);
    expect(pc.power).toBe('off');
  });

  test('says what is not installed', async () => {
    await expect(make({ program: 'qemu-system-abacus' })).rejects.toThrow('qemu-system-abacus is not installed.');
  });
});
