/** What the sharing of machines goes on, and whom it serves. */
import type { Book, Log } from '@amtkit/core/automation';
import type { Connection } from '../connection/connection.ts';
import type { Incoming } from '../connection/message.ts';
import type { Topics } from '../topics.ts';
import type { SharingPatience } from './patience.ts';

/** What sharing goes on. */
export interface SharingOptions {
  readonly id: string;
  readonly topics: Topics;
  readonly book: Book;
  readonly connection: Connection;
  readonly startedAt: Date;
  readonly patience: SharingPatience;
  readonly log: Log;
}

/** Whose share it is. */
export interface SharingUser {
  /** Takes over what `Share.wants` says of every machine. */
  sync(): Promise<void>;
  /** Whether something is under way with a machine that would be lost. */
  isBusy(machine: string): boolean;
  /** Others may have changed these machines meanwhile. */
  outdate(machines: ReadonlySet<string>): void;
  /** It is known whose everything is. `early`: commands that came before and are for this bridge, if any. */
  settled(early: readonly Incoming[]): void;
  /** Another bridge may have told of our machines what is not so: everything retained is to be told again. */
  retell(): void;
  /** Another process that had our id is gone: everything is to be announced. */
  again(): void;
}

/**
 * Where a bridge stands: `away` from the broker; `joining`, until its own word has come back from there; `settled`;
 * `leaving` for good; or `outdone`, since another process has its id.
 */
export type Phase = 'away' | 'joining' | 'settled' | 'leaving' | 'outdone';

/** Before it is known whose share it is. */
export const nobody: SharingUser = {
  sync: async () => {},
  isBusy: () => false,
  outdate: () => {},
  settled: () => {},
  retell: () => {},
  again: () => {},
};
