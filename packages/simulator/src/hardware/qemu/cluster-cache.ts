/** A faster medium than firmware's own: what is near the blocks that are read is read with them, and kept. */
import type { RedirectedMedium } from '../hardware.ts';

/** Bytes that are kept of one medium. */
const CAPACITY = 32 * 1024 * 1024;

/** The medium, read by whole clusters. What is written is written through. */
export function clustered(medium: RedirectedMedium, clusterBytes: number): RedirectedMedium {
  const { blockLength, blocks } = medium;
  const perCluster = Math.max(1, Math.floor(clusterBytes / blockLength));
  const most = Math.max(2, Math.floor(CAPACITY / (perCluster * blockLength)));
  /** Clusters by number, the one used last at the end. A promise: who comes while it is read waits for the same. */
  const kept = new Map<number, Promise<Uint8Array>>();

  function cluster(number: number): Promise<Uint8Array> {
    const first = number * perCluster;
    const known = kept.get(number) ?? medium.read(first, Math.min(perCluster, blocks - first));
    kept.delete(number);
    kept.set(number, known);
    if (kept.size > most) kept.delete(kept.keys().next().value as number);
    known.catch(() => {
      if (kept.get(number) === known) kept.delete(number);
    });
    return known;
  }

  return {
    blockLength,
    blocks,
    writable: medium.writable,
    async read(block, count) {
      const [first, last] = [Math.floor(block / perCluster), Math.floor((block + count - 1) / perCluster)];
      const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
      const clusters = await Promise.all(numbers.map(cluster));
      const start = (block - first * perCluster) * blockLength;
      if (clusters.length === 1) return (clusters[0] as Uint8Array).subarray(start, start + count * blockLength);
      const all = new Uint8Array(clusters.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const each of clusters) {
        all.set(each, at);
        at += each.length;
      }
      return all.subarray(start, start + count * blockLength);
    },
    async write(block, data) {
      const count = data.length / blockLength;
      for (let at = Math.floor(block / perCluster); at * perCluster < block + count; at++) kept.delete(at);
      await medium.write(block, data);
      for (let at = Math.floor(block / perCluster); at * perCluster < block + count; at++) kept.delete(at);
    },
    command: (cdb) => medium.command(cdb),
  };
}
