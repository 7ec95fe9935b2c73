/** Redirection sessions coming and going, and what follows from it: log, audit, consent, power that waited. */
import type { Firmware } from '../firmware.ts';
import type { FirmwareState, Opener } from '../state.ts';
import { recordAudit } from './audit-log.ts';
import { followSessions } from './consent.ts';
import { Entity, recordEvent } from './event-log.ts';

/** Sessions of one PC. */
export type Sessions = FirmwareState['sessions'];

/** Changes what is open, and lets everything follow that depends on it. */
export function changeSessions(firmware: Firmware, mutate: (sessions: Sessions) => void, by: Opener = {}): void {
  const before = { ...firmware.state.sessions };
  firmware.change((state) => mutate(state.sessions));
  const after = firmware.state.sessions;
  for (const { kind, event, opened } of KINDS) {
    const [was, is] = [Number(before[kind]), Number(after[kind])];
    if (was === is) continue;
    if (event !== undefined) {
      const data = Uint8Array.of(0xaa, 0x30, event + (is > was ? 0 : 1));
      recordEvent(firmware, { sensorType: 192, offset: 0, entity: Entity.engine, data });
    }
    if (kind === 'kvm') firmware.raise({ message: { id: 'iAMT0052', arguments: [is > was ? '1' : '2'] } });
    recordAudit(firmware, { application: 18, event: opened + (is > was ? 0 : 1), ...by });
  }
  followSessions(firmware);
}

/** Ends what goes through the listener, all of it or only some. */
export function endSessions(firmware: Firmware, which: readonly (keyof Sessions)[], by: Opener = {}): void {
  changeSessions(
    firmware,
    (sessions) => {
      if (which.includes('sol')) sessions.sol = 0;
      if (which.includes('ider')) sessions.ider = false;
      if (which.includes('kvm')) sessions.kvm = false;
    },
    by,
  );
}

/** Whether any is open. */
export function anySession({ state }: Firmware): boolean {
  const { sol, ider, kvm } = state.sessions;
  return sol > 0 || ider || kvm;
}

/** Numbers of "opened" in the event log and in application 18 of the audit log; "closed" is the next one. */
const KINDS: readonly { kind: keyof Sessions; event?: number; opened: number }[] = [
  { kind: 'sol', event: 0, opened: 4 },
  { kind: 'ider', event: 2, opened: 0 },
  { kind: 'kvm', opened: 8 },
];
