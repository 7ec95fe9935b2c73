/** A PC whose serial port a test holds in its hand. */
import { type ByteStream, memoryPair } from '@amtkit/core/streams';
import { type MemoryPc, memoryPc, realClock } from '@amtkit/simulator';

/** The PC, which is on, and the operating system's end of its serial port. */
export interface SerialPc {
  readonly hardware: MemoryPc;
  readonly port: ByteStream;
}

/** A new one. */
export function serialPc(): SerialPc {
  const [serial, port] = memoryPair(['operating system', 'firmware']);
  const hardware = Object.assign(memoryPc({ power: 'on', clock: realClock, speed: 0 }), { serial });
  return { hardware, port };
}

/** Reads text until it ends with `end`, and leaves the source open. */
export async function readUntil(source: AsyncIterable<Uint8Array>, end: string): Promise<string> {
  const iterator = source[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.endsWith(end)) {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error(`It ended behind ${JSON.stringify(text)}.`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
}
