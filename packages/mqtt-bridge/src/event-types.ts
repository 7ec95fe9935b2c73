/** What `<base>/<m>/event` may report, as `event_type`. Public: automations are written against these words. */

/** One of the words. */
export type EventType = (typeof EVENT_TYPES)[number];

/** All of them. */
export const EVENT_TYPES = [
  /**
   * Something happened at the machine itself: `event` is one of a fixed list of words, `severity` is `info`, `warning` or
   * `critical`, `text` one line for people; with `entity`, `source`, `happened` by the firmware's clock, and the numbers
   * as they came in `raw`.
   */
  'alert',
  /** The firmware's event log has a new newest entry: `text`. Where alerts are told, those say it. */
  'log',
  /** A power change that was accepted is there: `action`, `message`. */
  'power-changed',
  /** A power change that was accepted did not happen in time: `action`, `message`. */
  'power-failed',
  /** Somebody at the machine is asked for consent, or has given or lost it: `state`. */
  'consent',
  /** The firmware refuses the password; it is not tried again: `message`. */
  'login-refused',
  /** A certificate was seen for the first time and is remembered: `fingerprint`. */
  'certificate',
  /**
   * Attached media: `event` is `attached`, `ejected`, `interrupted`, `reattached`, `read-error` or `failed`; `media`,
   * `message`.
   */
  'media',
  /**
   * A reimage came to a `stage`, or something happened within it: `note`. With `media`, `message`, `transaction` of the
   * command that began it; at the end `verdict`, or `code` and `hint`.
   */
  'reimage',
] as const;
