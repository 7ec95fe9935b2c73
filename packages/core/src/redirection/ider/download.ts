/** An image from a server that knows no ranges: copied whole to a temporary file, and read from there. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageFailed } from '../../errors.ts';
import { fileImage } from './file-image.ts';
import { type BlockSource, readInto } from './image.ts';

/**
 * The image that `body` is, if it is no larger than `limit`. Closing it deletes the file.
 * @throws ImageFailed
 */
export async function downloadedImage(
  name: string,
  { size, body }: { readonly size: number | undefined; readonly body: AsyncIterable<Uint8Array> },
  limit: number,
): Promise<BlockSource> {
  if (size === 0) throw new ImageFailed(`${name} is empty.`, { image: name });
  if (size === undefined || size > limit) {
    const much = size === undefined ? 'does not say how large it is' : `it has ${megabytes(size)} MB`;
    throw new ImageFailed(`The server of ${name} cannot serve parts of it, and ${much}.`, {
      image: name,
      hint: 'Put it on a server that knows ranges, as most do; or copy it here and lend the file.',
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-image-'));
  try {
    const path = join(folder, 'image');
    const handle = await open(path, 'wx', 0o600);
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > size) break;
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
    if (bytes !== size) {
      throw new ImageFailed(`${name} came with other than the ${size} bytes its server announced.`, { image: name });
    }
    const image = await fileImage(path, { name });
    return {
      name,
      size: image.size,
      read: (offset, target) => image.read(offset, target),
      readInto: (offset, targets) => readInto(image, offset, targets),
      async [Symbol.asyncDispose]() {
        await image[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
