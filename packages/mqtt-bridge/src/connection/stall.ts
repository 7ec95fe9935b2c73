/** Notices that the far side takes everything and acknowledges nothing. */

/** The watch. */
export interface StallWatch {
  /** Something was sent. */
  sent(): void;
  /** Something was acknowledged, and so much is not yet. */
  acknowledged(left: number): void;
  /** There is nobody to wait for. */
  stop(): void;
}

/** A watch that calls `stalled` when nothing was acknowledged for so long while something should have been. */
export function createStallWatch(ms: number, stalled: () => void): StallWatch {
  let timer: NodeJS.Timeout | undefined;
  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }
  function start(): void {
    timer = setTimeout(() => {
      timer = undefined;
      stalled();
    }, ms);
    timer.unref();
  }
  return {
    sent() {
      if (timer === undefined) start();
    },
    acknowledged(left) {
      stop();
      if (left > 0) start();
    },
    stop,
  };
}
