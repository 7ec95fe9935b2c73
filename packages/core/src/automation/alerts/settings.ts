/** How a fleet learns of what happens at its machines. */

/** What a fleet is told about alerts. */
export interface AlertSettings {
  /** Where machines post alerts to. Without it their event logs are read. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  /** Name or address that machines reach the listener at, with a port where it is another. @default the address that this computer has towards each */
  readonly advertise?: string | undefined;
  /** Certificate and key in PEM: machines post over TLS, which they do from AMT 11 on, and where they know the root. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Machines have to log in to the listener, with passwords of its own. @default false: the secret path is enough */
  readonly login?: boolean | undefined;
  /** UDP port for SNMP traps. Machines send to 162 only, so another one needs a redirection. @default none */
  readonly petPort?: number | undefined;
  readonly patience?: Partial<AlertPatience> | undefined;
}

/** How patient it is; milliseconds. */
export interface AlertPatience {
  /** Between two looks at the event log of a machine that tells nothing by itself. @default 60_000 */
  readonly tailMs: number;
  /** The same for one that does: no event is told in every way. @default 300_000 */
  readonly subscribedTailMs: number;
  /** Between two looks whether a subscription is still there, and before one that failed is tried again. @default 1_800_000 */
  readonly checkMs: number;
  /** From news that say "read the log" until it is read. @default 2_000 */
  readonly soonMs: number;
  /** How long subscriptions are ended for when the fleet closes. @default 5_000 */
  readonly closeMs: number;
}

/** What the product promises. */
export const defaultAlertPatience: AlertPatience = {
  tailMs: 60_000,
  subscribedTailMs: 300_000,
  checkMs: 1_800_000,
  soonMs: 2_000,
  closeMs: 5_000,
};
