/** Machines that a bridge cannot let go of, since something is under way with them. */

/** What is held. */
export interface Holds {
  /** Those that would be another bridge's. */
  readonly kept: ReadonlySet<string>;
  /** A command for a machine is in hand until the returned function is called. */
  take(machine: string): () => void;
  isBusy(machine: string): boolean;
  /** Keeps a machine until it is not busy any more. `true` where it was not kept. */
  keep(machine: string): boolean;
  /** Lets those go that are not busy any more. `true` where there were any. */
  release(): boolean;
}

/** Nothing is held. @param isBusy whether something is under way with a machine */
export function createHolds(isBusy: (machine: string) => boolean): Holds {
  const kept = new Set<string>();
  const inHand = new Map<string, number>();
  const busy = (machine: string): boolean => inHand.has(machine) || isBusy(machine);
  return {
    kept,
    isBusy: busy,
    take(machine) {
      inHand.set(machine, (inHand.get(machine) ?? 0) + 1);
      return () => {
        const left = (inHand.get(machine) ?? 1) - 1;
        if (left === 0) inHand.delete(machine);
        else inHand.set(machine, left);
      };
    },
    keep(machine) {
      if (kept.has(machine)) return false;
      kept.add(machine);
      return true;
    },
    release() {
      const idle = [...kept].filter((machine) => !busy(machine));
      for (const machine of idle) kept.delete(machine);
      return idle.length > 0;
    },
  };
}
