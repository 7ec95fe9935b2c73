/** Messages as the bridge hands them around, whichever MQTT version carries them. */

/** A message to publish. An empty retained one takes the retained copy away. */
export interface Message {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly retain?: boolean;
  /** Worth nothing later: not kept while the broker is away, and a newer one takes the place of one that waits. */
  readonly perishable?: boolean;
  /**
   * How long after the last word of a broker that went away it may still be sent, milliseconds: later, others have said
   * something else in our place. @default for ever
   */
  readonly keptMs?: number | undefined;
  /** Handed back to a requester. MQTT 5 only. */
  readonly correlationData?: Uint8Array | undefined;
}

/** A message that came in. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  /**
   * It was published to be retained. On MQTT 3.1.1 only what the broker had kept says so: a live message that is being
   * retained looks like any other.
   */
  readonly retained: boolean;
  /** The user who sent it, where the broker inside the bridge knows. */
  readonly sender?: string | undefined;
  /** Where the sender wants the answer. MQTT 5 only. */
  readonly responseTopic?: string | undefined;
  /** What the sender wants to find in it. MQTT 5 only. */
  readonly correlationData?: Uint8Array | undefined;
}

/** What goes out. */
export function bytesOf({ payload }: Message): Buffer {
  if (typeof payload === 'string') return Buffer.from(payload, 'utf8');
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length);
}
