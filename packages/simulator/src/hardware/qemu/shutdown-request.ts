/** A system was asked to shut down, and takes its time. */
import type { BootChoice } from '../hardware.ts';

/** Who asked waits here. What is done to the PC meanwhile ends the waiting. */
export interface ShutdownRequest {
  /** What it starts from again, when it is to. */
  readonly again: BootChoice | undefined;
  /** It followed, or nobody waits for it any longer. */
  readonly done: Promise<void>;
  end(): void;
}

/** Waits, at most so many milliseconds. */
export function shutdownRequest(again: BootChoice | undefined, patienceMs: number, late: () => void): ShutdownRequest {
  let end: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      late();
      resolve();
    }, patienceMs);
    end = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { again, done, end };
}
