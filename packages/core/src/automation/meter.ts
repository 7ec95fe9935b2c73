/** What a fleet does, for whoever counts it. */
import type { SessionTraffic } from '../machine/redirection.ts';

/** Hears of everything at once, so it has to be quick and must not throw. */
export interface FleetMeter {
  /** A request of WS-Management was answered, milliseconds after it was sent. */
  roundTrip(ms: number): void;
  /** A machine was polled, or could not be. */
  polled(ok: boolean): void;
  /** Something passed through a session of a serial port, drives or a screen. */
  session(traffic: SessionTraffic): void;
}
