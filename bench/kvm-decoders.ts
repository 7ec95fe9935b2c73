/** The decoders that are measured, each fed in its own way and all without a canvas. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RfbClient } from '@amtkit/core/protocols';
import { chunksOf, joined, meshcentralDesktop } from '@amtkit/core/testing';
import { type Depth, greeting, HEIGHT, WIDTH } from './kvm-screens.ts';

const peers = join(import.meta.dirname, '../test/peers/node_modules');

/** What a decoder is fed with. */
export interface Decoder {
  /** A whole update, in chunks of what sockets usually give. */
  decode(chunks: readonly Uint8Array[]): void;
}

/** Bytes that a socket gives at once. */
export const CHUNK = 16 * 1024;

/** Ours, and the picture it made. */
export function ours(depth: Depth, width = WIDTH, height = HEIGHT): Decoder & { readonly client: RfbClient } {
  const client = new RfbClient({ format: depth === 16 ? 'rgb565' : 'rgb332', over: 'direct' });
  client.receive(greeting(width, height));
  return {
    client,
    decode(chunks) {
      for (const chunk of chunks) client.receive(chunk);
      client.takeOutgoing();
    },
  };
}

/** MeshCentral's, unmodified; `undefined` where it is not installed. */
export function meshcentral(depth: Depth): Decoder | undefined {
  if (!existsSync(join(peers, 'meshcentral'))) return undefined;
  const desktop = meshcentralDesktop(peers, { bpp: depth === 16 ? 2 : 1, keep: false });
  for (const chunk of chunksOf(greeting(WIDTH, HEIGHT), CHUNK)) desktop.receive(chunk);
  return {
    decode(chunks) {
      for (const chunk of chunks) desktop.receive(chunk);
      desktop.takeSent();
      if (desktop.stopped) throw new Error('MeshCentral gave up.');
    },
  };
}

/** The parts of noVNC's decoder that are used. */
interface ZrleDecoder {
  decodeRect(
    x: number,
    y: number,
    width: number,
    height: number,
    socket: Queue,
    display: object,
    depth: number,
  ): boolean;
}

/** noVNC's decoder of ZRLE, unmodified; `undefined` where it is not installed. */
export async function novnc(): Promise<Decoder | undefined> {
  const file = join(peers, '@novnc/novnc/core/decoders/zrle.js');
  if (!existsSync(file)) return undefined;
  const { default: Zrle } = (await import(file)) as { default: new () => ZrleDecoder };
  const decoder = new Zrle();
  const display = { blitImage: () => {}, fillRect: () => {} };
  return {
    decode(chunks) {
      if (!decoder.decodeRect(0, 0, WIDTH, HEIGHT, new Queue(joined(chunks)), display, 24)) {
        throw new Error('noVNC wants more bytes.');
      }
    },
  };
}

/** The receive queue of noVNC's socket, with everything already in it. */
class Queue {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  rQwait(_what: string, length: number): boolean {
    return this.#bytes.length - this.#at < length;
  }

  rQshift32(): number {
    const { buffer, byteOffset } = this.rQshiftBytes(4);
    return new DataView(buffer, byteOffset).getUint32(0);
  }

  rQshiftBytes(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
