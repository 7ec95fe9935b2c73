/** When destructive actions may run: always, never, or while somebody holds a window open. */
import type { BridgeSettings, Guard } from '@amtkit/core/automation';

/** The bridge's permit. */
export interface Permit {
  readonly mode: BridgeSettings['permit'];
  /** Another mode from now on; a window is closed at first. */
  change(mode: BridgeSettings['permit']): void;
  /** Until when a window is open; undefined when none is. */
  readonly openUntil: Date | undefined;
  /** Opens the window for so long; 0 closes it. Without a window in the mode, it changes nothing. */
  open(seconds: number): void;
  /** Says no for the fleet. */
  readonly guard: Guard;
}

/** A permit; a window is closed at first. @param now milliseconds since 1970 */
export function createPermit(first: BridgeSettings['permit'], now: () => number = Date.now): Permit {
  let mode = first;
  let until = 0;
  return {
    get mode() {
      return mode;
    },
    change(other) {
      mode = other;
      until = 0;
    },
    get openUntil() {
      return mode === 'window' && until > now() ? new Date(until) : undefined;
    },
    open(seconds) {
      if (mode === 'window') until = now() + seconds * 1000;
    },
    guard({ effect }) {
      if (effect !== 'destructive' || mode === 'always' || (mode === 'window' && until > now())) return undefined;
      const reason =
        mode === 'never'
          ? 'this bridge never lets destructive actions through'
          : 'destructive actions need an open window; ask the bridge for permit with {"seconds": 60} first';
      return { by: 'permit', reason };
    },
  };
}
