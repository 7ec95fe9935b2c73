/** A serial port that is read all the time and comes back by itself. */
import { openSerialLine, type SerialMachine, type SerialPatience } from '../serial-line.ts';

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

/** Opens a serial port and keeps it open until `close`. @throws what the first attempt fails with */
export async function keepSerial(
  reach: (signal?: AbortSignal) => Promise<SerialMachine>,
  events: SerialEvents,
  patience: SerialPatience,
  signal: AbortSignal,
): Promise<KeptSerial> {
  let decoder = new TextDecoder();
  const line = await openSerialLine(reach, {
    signal,
    patience,
    onEvent: (event) => {
      if (event.type === 'interrupted') {
        // Half a character does not go on in another session.
        decoder = new TextDecoder();
        events.lost(event.error);
      } else if (event.type === 'reconnected') events.back();
    },
  });
  const close = () => line.close();
  signal.addEventListener('abort', close, { once: true });
  const reading = read();

  async function read(): Promise<void> {
    try {
      for await (const bytes of line) events.text(decoder.decode(bytes, { stream: true }));
    } catch {
      // Lost for good, which was told when it was lost.
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  return {
    write: (text) => line.write(text).catch(() => {}),
    async close() {
      await line.close();
      await reading;
    },
  };
}
