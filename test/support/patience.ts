/** Patience of bridges and fleets in a hurry: what takes long takes little here, and a minute without a broker is a moment. */

/** Of a bridge. */
export const soon = {
  firstRetryMs: 20,
  longestRetryMs: 40,
  quietMs: 50,
  probeMs: 30,
  birthMs: 20,
  birthSpreadMs: 20,
  settleMs: 20,
  birthPauseMs: 50,
};

/** Of a fleet that looks often; what changes rarely is read once only. */
export const watchful = {
  pollMs: 80,
  transitionPollMs: 30,
  offlinePollMs: 100,
  slowPollMs: 60_000,
  busyRetryMs: 20,
};
