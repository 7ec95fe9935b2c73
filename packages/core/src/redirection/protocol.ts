/**
 * What a redirection protocol is to whoever carries its bytes: bytes go in, events and bytes come out.
 *
 * No socket, no clock and no waiting in here; `pump.ts` joins a protocol with a stream.
 */

/** One end of one conversation. */
export interface Protocol<Event> {
  /** Feeds bytes from the peer. Returns what they meant; that may be nothing yet. @throws ProtocolError */
  receive(chunk: Uint8Array): Event[];
  /** The peer closed its side. */
  receiveEnd(): Event[];
  /** Bytes to send now, oldest first. Taking them empties the queue. */
  takeOutgoing(): Uint8Array[];
}
