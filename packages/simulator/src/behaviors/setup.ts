/** Set-up: leaving it, and what is only possible in it. [AMT: AMT_SetupAndConfigurationService] */
import type { Behavior } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { text } from '../values.ts';
import { recordAudit } from './audit-log.ts';

/** PT_STATUS. */
const Status = { success: 0, notPermitted: 16, invalidPassword: 2054 } as const;
/** Result of host-based set-up on a machine that is set up. */
const INVALID_STATE = 2;
/** Milliseconds until an answer has left. */
const ANSWERED_MS = 50;

/** Answers for set-up. */
export const setup: Behavior = {
  name: 'setup',

  invoke(firmware, { className, method, input, account, address }) {
    if (className === 'IPS_HostBasedSetupService') return { ReturnValue: INVALID_STATE };
    if (className !== 'AMT_SetupAndConfigurationService') return undefined;
    switch (method) {
      case 'GetUuid':
        return { UUID: Buffer.from(firmware.identity.platformGuid, 'hex').toString('base64'), ReturnValue: 0 };
      case 'Unprovision':
      case 'PartialUnprovision':
        recordAudit(firmware, { application: 16, event: 19, user: account.name, address, data: Uint8Array.of(4) });
        unprovision(firmware);
        return { ReturnValue: Status.success };
      case 'SetMEBxPassword':
        if (firmware.state.provisioning.controlMode !== 'acm') return { ReturnValue: Status.notPermitted };
        return { ReturnValue: isPassword(text(input.Password)) ? Status.success : Status.invalidPassword };
      case 'ResetFlashWearOutProtection':
        recordAudit(firmware, { application: 16, event: 15, user: account.name, address });
        return { ReturnValue: Status.success };
      case 'ExtendProvisioningPeriod':
        return { ReturnValue: Status.notPermitted };
      default:
        return undefined;
    }
  },
};

/** After the answer has left nobody answers any more but the presence ping, which then says "not configured". */
function unprovision(firmware: Firmware): void {
  firmware.raise({ message: { id: 'iAMT0055', arguments: ['3'] } });
  firmware.clock.after(ANSWERED_MS, () =>
    firmware.change((state) => {
      state.provisioning.state = 'not-configured';
    }),
  );
}

/** 8 to 32 characters of four kinds; the underscore is a letter here, and three signs are not allowed at all. */
function isPassword(password: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[!-~]/, /[^A-Za-z0-9_ ]/].every((kind) => kind.test(password));
  return /^[ -~]{8,32}$/.test(password) && kinds && !/[:,"]/.test(password);
}
