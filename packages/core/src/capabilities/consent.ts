/** The consent of the person at the machine. */
import { action, flag, oneOf, reading, secret, source } from './capability.ts';

const consent = source({ refresh: 'minutes', read: (machine) => machine.consent.read() });
const changes = ['consent.state', 'consent.needed'];

/** Where the consent stands. */
export const consentState = reading({
  id: 'consent.state',
  title: 'Consent state',
  value: oneOf('not-started', 'requested', 'displayed', 'received', 'in-session', 'unknown'),
  from: consent,
  pick: ({ state }) => state,
});

/** Whether boot overrides and screens would be refused until somebody reads out a code. */
export const consentNeeded = reading({
  id: 'consent.needed',
  title: 'Consent needed',
  value: flag,
  from: consent,
  pick: ({ required, state }) => required !== 'none' && state !== 'received' && state !== 'in-session',
});

/** Shows a code at the machine. */
export const consentRequest = action({
  id: 'consent.request',
  title: 'Ask for consent',
  effect: 'harmless',
  changes,
  run: (machine) => machine.consent.request(),
});

/** The code as it was read out. */
export const consentSend = action({
  id: 'consent.send',
  title: 'Send the consent code',
  effect: 'harmless',
  changes,
  input: { code: secret({ pattern: '\\d{6}', like: 'six digits', once: true }) },
  run: (machine, { code }) => machine.consent.send(code),
});

/** Takes the request or the consent back. */
export const consentCancel = action({
  id: 'consent.cancel',
  title: 'Cancel consent',
  effect: 'harmless',
  changes,
  run: (machine) => machine.consent.cancel(),
});
