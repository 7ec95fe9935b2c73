/** Redirection sessions as a test opens and closes them, until there are ports that do. */
import { carryOut } from './behaviors/power.ts';
import { anySession, changeSessions } from './behaviors/sessions.ts';
import type { Firmware } from './firmware.ts';
import type { OpenSessions } from './simulator.ts';

/** The sessions as a test sets them, with what follows from them. */
export function openSessionsOf(firmware: Firmware): OpenSessions {
  const set = (mutate: (sessions: Firmware['state']['sessions']) => void) => {
    changeSessions(firmware, mutate);
    const { queued } = firmware.state;
    if (queued !== undefined && !anySession(firmware)) void carryOut(firmware, queued);
  };
  return {
    get sol(): number | boolean {
      return firmware.state.sessions.sol;
    },
    set sol(open) {
      set((sessions) => {
        sessions.sol = Number(open);
      });
    },
    get ider() {
      return firmware.state.sessions.ider;
    },
    set ider(open) {
      set((sessions) => {
        sessions.ider = open;
      });
    },
    get kvm() {
      return firmware.state.sessions.kvm;
    },
    set kvm(open) {
      set((sessions) => {
        sessions.kvm = open;
      });
    },
  };
}
