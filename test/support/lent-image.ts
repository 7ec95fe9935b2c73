/** An image to lend, whose every byte counts, and what is told of it. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlockSource, type MediaEvent, type MediaSession, memoryImage } from '@amtkit/core';
import { seededRandom } from '@amtkit/core/streams';
import type { Simulator } from '@amtkit/simulator';
import { expect, vi } from 'vitest';

const random = seededRandom(1);

/** A CD of 512 blocks. */
export const image = Uint8Array.from({ length: 512 * 2048 }, () => Math.floor(random() * 256));

/** It in memory. */
export function cd(): BlockSource {
  return memoryImage(image, { name: 'install.iso' });
}

/** SHA-256 as hex digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A folder for images, which its user removes. */
export class ImageFolder {
  #path: Promise<string> | undefined;
  #files = 0;

  /** A file of its own with this content. */
  async file(bytes: Uint8Array = image): Promise<string> {
    const path = join(await this.path, `${this.#files++}.iso`);
    await writeFile(path, bytes);
    return path;
  }

  get path(): Promise<string> {
    this.#path ??= mkdtemp(join(tmpdir(), 'amtkit-media-'));
    return this.#path;
  }

  async remove(): Promise<void> {
    await rm(await this.path, { recursive: true, force: true });
  }
}

/** What happens to a session until it ends, and how. */
export async function story(session: MediaSession): Promise<{ events: MediaEvent[]; error: unknown }> {
  const events: MediaEvent[] = [];
  try {
    for await (const event of session) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** All sessions of a PC are over. */
export async function allClosed(simulator: Simulator): Promise<void> {
  await vi.waitFor(() => expect(simulator.openSessions.ider).toBe(false));
}
