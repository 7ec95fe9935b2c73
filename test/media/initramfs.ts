/** The small system of the test media: busybox, the drivers of virtual machines, and one script. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Drivers, by name; those that are built into the kernel are no files. */
const MODULES = [
  ...['ata_piix', 'ahci', 'sd_mod', 'sr_mod', 'virtio_pci', 'virtio_blk', 'virtio_scsi'],
  ...['isofs', 'button', 'evdev'],
];

/** Contents of the initial memory disk. @param kernelModules folder of the modules of that kernel */
export function initramfs(kernelModules: string, busybox: string, script: string): Uint8Array {
  const modules = withDependencies(kernelModules, MODULES);
  const entries: Entry[] = [
    ...['bin', 'dev', 'proc', 'sys', 'modules', 'cd'].map((name) => ({ name, mode: 0o040755 })),
    { name: 'dev/console', mode: 0o020600, device: [5, 1] },
    { name: 'bin/busybox', mode: 0o100755, data: readFileSync(busybox) },
    { name: 'init', mode: 0o100755, data: readFileSync(script) },
    ...modules.map(({ name, data }) => ({ name: `modules/${name}.ko`, mode: 0o100644, data })),
    { name: 'modules/order', mode: 0o100644, data: text(`${modules.map(({ name }) => name).join('\n')}\n`) },
  ];
  return gzipSync(archive(entries), { level: 9 });
}

interface Entry {
  readonly name: string;
  /** Kind and permissions, as in `stat`. */
  readonly mode: number;
  readonly data?: Uint8Array;
  readonly device?: readonly [major: number, minor: number];
}

/** Files that are added to those of the memory disk by whoever starts the kernel. */
export function addition(name: string, content: string): Uint8Array {
  return archive([{ name, mode: 0o100644, data: text(content) }]);
}

/** The archive format of initial memory disks: "newc" of cpio, header fields of eight hex digits. */
function archive(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const all = [...entries, { name: 'TRAILER!!!', mode: 0 }];
  for (const [index, { name, mode, data = new Uint8Array(0), device = [0, 0] }] of all.entries()) {
    const links = (mode & 0o170000) === 0o040000 ? 2 : 1;
    const fields = [index + 1, mode, 0, 0, links, 0, data.length, 0, 0, ...device, name.length + 1, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
    parts.push(padded(text(header)), padded(data));
  }
  return Buffer.concat(parts);
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array((4 - (bytes.length % 4)) % 4)]);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

interface Module {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The modules and those they need, each behind what it needs. */
function withDependencies(folder: string, names: readonly string[]): readonly Module[] {
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ko(\.xz)?$/.test(path))
      .map((path) => [
        basename(path)
          .replace(/\.ko(\.xz)?$/, '')
          .replaceAll('-', '_'),
        `${folder}/${path}`,
      ]),
  );
  const ordered = new Map<string, Module>();
  function add(name: string): void {
    const file = files.get(name);
    if (file === undefined || ordered.has(name)) return;
    const data = file.endsWith('.xz')
      ? execFileSync('xz', ['--decompress', '--stdout', file], { maxBuffer: 64 * 1024 * 1024 })
      : readFileSync(file);
    // Module information is text between zeros.
    const [, needs = ''] = /\0depends=([^\0]*)\0/.exec(Buffer.from(data).toString('latin1')) ?? [];
    for (const each of needs.split(',').filter((each) => each !== '')) add(each.replaceAll('-', '_'));
    ordered.set(name, { name, data });
  }
  for (const name of names) add(name);
  return [...ordered.values()];
}
