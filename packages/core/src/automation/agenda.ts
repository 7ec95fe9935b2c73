/** What is to be read from one machine at a poll: all that changes often; the rest when its time has come, or it is old. */
import type { Reading, Setting, Source } from '../capabilities/capability.ts';
import type { Sources } from '../capabilities/sources.ts';

/** The agenda of one machine. */
export interface Agenda {
  /** These were changed, or may have been, since they were read: they are due however rarely they are read else. */
  outdate(which: (source: Source<unknown>, entries: readonly (Reading | Setting)[]) => boolean): void;
  /** What is due now, decided one by one. Whoever takes all of it has done with what is read rarely for a while. */
  due(knows: (id: string) => boolean): Iterable<readonly [Source<unknown>, readonly (Reading | Setting)[]]>;
  /** Reads what was due. What is outdated while it is read, or after that, is old again. */
  read(source: Source<unknown>, read: () => Promise<unknown>): Promise<unknown>;
}

/** An agenda on which everything is due. @param slowMs between two reads of what changes rarely */
export function createAgenda(polled: Sources, slowMs: () => number): Agenda {
  const old = new Set<Source<unknown>>();
  let slowAt: number | undefined;

  return {
    outdate(which) {
      for (const [source, entries] of polled) if (which(source, entries)) old.add(source);
    },
    *due(knows) {
      const isSlow = performance.now() >= (slowAt ?? 0);
      for (const [source, entries] of polled) {
        if (source.local === true) continue;
        const isDue =
          source.refresh === 'seconds' ||
          old.has(source) ||
          (source.refresh === 'minutes' && isSlow) ||
          (source.refresh === 'once' && isSlow && entries.some(({ id }) => !knows(id)));
        if (isDue) yield [source, entries];
      }
      if (!isSlow) return;
      // Machines that were first read together are not read together for ever.
      const share = slowAt === undefined ? 0.5 + Math.random() / 2 : 1;
      slowAt = performance.now() + slowMs() * share;
    },
    async read(source, read) {
      const wasOld = old.delete(source);
      try {
        return await read();
      } catch (error) {
        if (wasOld) old.add(source);
        throw error;
      }
    },
  };
}
