/** A serial port that is read all the time and comes back by itself. */
import { AuthenticationFailed, NotSupported, Untrusted } from '../../errors.ts';
import type { Machine, SerialSession } from '../../machine/machine.ts';
import { pause } from '../../machine/waiting.ts';

/** What it tells. */
export interface SerialEvents {
  text(text: string): void;
  lost(error: Error): void;
  back(): void;
}

/** A serial port that is kept open. */
export interface KeptSerial {
  /** Types. What cannot be typed now, because the session is lost, is dropped: nobody waits for it later. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** How long after a loss it is tried again; each further try waits twice as long. */
export interface SerialPatience {
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

/** Opens a serial port and keeps it open until `close`. @throws what the first attempt fails with */
export async function keepSerial(
  reach: (signal: AbortSignal) => Promise<Pick<Machine, 'serial'>>,
  events: SerialEvents,
  patience: SerialPatience,
  outer: AbortSignal,
): Promise<KeptSerial> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, outer]);
  const open = async () => (await reach(signal)).serial({ signal });
  let session: SerialSession | undefined = await open();
  const keeping = keep(session);

  async function keep(first: SerialSession): Promise<void> {
    let current: SerialSession | undefined = first;
    while (current !== undefined) {
      const error = await follow(current);
      session = undefined;
      if (signal.aborted) return;
      events.lost(error);
      current = await again();
      session = current;
      if (current !== undefined) events.back();
    }
  }

  async function follow(current: SerialSession): Promise<Error> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of current) events.text(decoder.decode(bytes, { stream: true }));
      return new Error('The firmware ended the serial session.');
    } catch (error) {
      return error as Error;
    }
  }

  async function again(): Promise<SerialSession | undefined> {
    for (let retryMs = patience.firstRetryMs; ; retryMs = Math.min(2 * retryMs, patience.longestRetryMs)) {
      try {
        await pause(retryMs, signal);
        return await open();
      } catch (error) {
        const hopeless = [AuthenticationFailed, Untrusted, NotSupported].some((kind) => error instanceof kind);
        if (signal.aborted || hopeless) return undefined;
      }
    }
  }

  return {
    async write(text) {
      await session?.write(text).catch(() => {});
    },
    async close() {
      stop.abort();
      await session?.close().catch(() => {});
      await keeping;
    },
  };
}
