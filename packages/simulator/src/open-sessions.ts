/** Redirection sessions as they come and go, over the ports or by the hand of a test, and what follows from it. */
import { carryOut } from './behaviors/power.ts';
import { anySession, changeSessions, type Sessions } from './behaviors/sessions.ts';
import type { Firmware } from './firmware.ts';
import type { OpenSessions } from './simulator.ts';
import type { Opener } from './state.ts';

/** Changes what is open; a power request that waited for the last one to end is carried out. */
export function setSessions(firmware: Firmware, mutate: (sessions: Sessions) => void, by: Opener = {}): void {
  changeSessions(firmware, mutate, by);
  const { queued } = firmware.state;
  if (queued !== undefined && !anySession(firmware)) void carryOut(firmware, queued);
}

/** The sessions as a test sets them. */
export function openSessionsOf(firmware: Firmware): OpenSessions {
  return {
    get sol(): number | boolean {
      return firmware.state.sessions.sol;
    },
    set sol(open) {
      setSessions(firmware, (sessions) => {
        sessions.sol = Number(open);
      });
    },
    get ider() {
      return firmware.state.sessions.ider;
    },
    set ider(open) {
      setSessions(firmware, (sessions) => {
        sessions.ider = open;
      });
    },
    get kvm() {
      return firmware.state.sessions.kvm;
    },
    set kvm(open) {
      setSessions(firmware, (sessions) => {
        sessions.kvm = open;
      });
    },
  };
}
