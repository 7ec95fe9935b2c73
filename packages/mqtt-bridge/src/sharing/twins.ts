/** What is said when two processes call themselves by one id. */

/** At the start of the second one. @param state topic of the bridge's state */
export function whyWaiting(id: string, state: string): string {
  return `Another bridge calls itself ${id} at this broker (${state}). This one waits until that is gone; ${ADVICE}`;
}

/** Of two that started together. @param stays whether it is the other one that stops */
export function whyTwo(id: string, state: string, stays: boolean): string {
  const which = stays
    ? 'This one, which started first, goes on'
    : 'This one, which started later, stops until the other is gone';
  return `Two bridges call themselves ${id} at this broker (${state}). ${which}; ${ADVICE}`;
}

const ADVICE = 'give one of them an id of its own: bridge.id in its book, or amt bridge --id.';
