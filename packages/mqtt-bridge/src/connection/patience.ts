/** How long the connection to a broker waits for what. */

/** How patient a connection is; milliseconds. */
export interface ConnectionPatience {
  /** Before the second attempt; doubles with each one after it. @default 1_000 */
  readonly firstRetryMs: number;
  /** @default 60_000 */
  readonly longestRetryMs: number;
  /** A connection that held so long makes the next pause short again. @default 10_000 */
  readonly steadyMs: number;
  /** How long {@link Connection.close} waits for what is not acknowledged. @default 2_000 */
  readonly drainMs: number;
  /** After so long without a retained message there are no more. @default 300 */
  readonly quietMs: number;
  /** How long the broker may take to let us in, and to accept our subscriptions. @default 15_000 */
  readonly answerMs: number;
  /** How long it may acknowledge nothing while there is something to acknowledge. @default 60_000 */
  readonly ackMs: number;
}

/** What the product promises. */
export const defaultConnectionPatience: ConnectionPatience = {
  firstRetryMs: 1000,
  longestRetryMs: 60_000,
  steadyMs: 10_000,
  drainMs: 2000,
  quietMs: 300,
  answerMs: 15_000,
  ackMs: 60_000,
};
