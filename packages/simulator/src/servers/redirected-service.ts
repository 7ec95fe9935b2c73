/** What a redirection connection and the service it carries know of each other. */
import type { Inbox, RedirectionService } from '@amtkit/core/wire';
import type { Firmware } from '../firmware.ts';
import type { Failures } from '../log-in.ts';
import type { Recorder } from '../record.ts';
import type { Opener } from '../state.ts';
import type { Outbox } from './outbox.ts';

/** A kind of session. */
export type Kind = keyof typeof RedirectionService;

/** What a service has of the connection it serves. */
export interface Visit {
  readonly firmware: Firmware;
  readonly recorder: Recorder;
  readonly outbox: Outbox;
  /** Counts connections from 1, for the record. */
  readonly number: number;
  /** Who logged in. */
  readonly by: Opener;
  /** The service was opened: the time to do so is over. */
  opened(): void;
  /** Somebody did not know the password of a service that asks for one itself. */
  refused?(): void;
  /** Reads on, where nothing came but time passed. */
  again(): void;
  /** Ends the connection once all is sent. */
  leave(): void;
  /** Ends it here and now. */
  cut(): void;
}

/** A service on a connection that somebody has logged in to. */
export interface RedirectedService {
  /**
   * Takes the next message; false while it is not whole. Nothing more is read while a promise is open.
   * @throws ProtocolError
   */
  next(inbox: Inbox): boolean | Promise<boolean>;
  /** The connection is over. Resolves when the PC has noticed. */
  end(): void | Promise<void>;
}

/** What the ports work with. */
export interface RedirectionOptions {
  readonly firmware: Firmware;
  readonly recorder: Recorder;
  readonly failures: Failures;
  /** What there is to open, `rfb` at a port of its own. A service without an entry is refused as switched off. */
  readonly services: Readonly<Partial<Record<Kind | 'rfb', (visit: Visit) => RedirectedService>>>;
}
