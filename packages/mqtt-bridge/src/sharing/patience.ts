/** How patient a bridge is with the others; milliseconds. */
export interface SharingPatience {
  /** Between news of a bridge and what is done about it; more news may come. @default 100 */
  readonly collectMs: number;
  /** After a reconnect, for the others to come back, too; at the start, for a broker to be found. @default 30_000 */
  readonly graceMs: number;
  /** For a bridge that is gone to come back with answers to commands that it had. @default 10_000 */
  readonly orphanMs: number;
  /** For one of those that are left to say so in its place, before the next one does. @default 2_000 */
  readonly speakMs: number;
  /** After so long nobody waits for an answer any more. @default 600_000 */
  readonly forgetMs: number;
  /** For a bridge to answer whether it is there; it is asked three times. @default 10_000 */
  readonly askMs: number;
  /** For our own messages to come back from the broker. @default 5_000 */
  readonly echoMs: number;
  /** Between looks whether a machine that is kept is still busy. @default 1_000 */
  readonly holdMs: number;
  /** After a change of owners, before machines are read and all is told again: an earlier owner may act last. @default 5_000 */
  readonly lookAgainMs: number;
  /** For the others to take the machines of a bridge that stops. @default 20_000 */
  readonly leaveMs: number;
}

/** What the product promises. */
export const defaultSharingPatience: SharingPatience = {
  collectMs: 100,
  graceMs: 30_000,
  orphanMs: 10_000,
  speakMs: 2000,
  forgetMs: 600_000,
  askMs: 10_000,
  echoMs: 5000,
  holdMs: 1000,
  lookAgainMs: 5000,
  leaveMs: 20_000,
};
