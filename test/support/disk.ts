/** What is on the disk of a PC that is switched off. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** SHA-256 of the first bytes of a disk, as QEMU's own tool reads it. */
export async function hashOfDisk(disk: string, bytes: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'amtkit-disk-'));
  try {
    const raw = join(folder, 'raw');
    await promisify(execFile)('qemu-img', ['convert', '-O', 'raw', disk, raw]);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(raw, { end: bytes - 1 })) hash.update(chunk);
    return hash.digest('hex');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
