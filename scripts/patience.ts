/**
 * How long tests are waited for, in every project. Nothing is asserted by these numbers: whoever hangs is ended, and on a
 * computer that has other things to do everybody else comes through.
 */
export const patience = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 15_000 } },
} as const;
