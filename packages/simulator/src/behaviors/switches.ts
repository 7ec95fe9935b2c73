/** Services that do no more here than to be on or off, and the answer to methods nobody implements. */
import { classes } from '@amtkit/core/wire';
import { type Behavior, SoapFault } from '../behavior.ts';
import { text } from '../values.ts';

/** Class → states it can be asked for. */
const STATES: Readonly<Record<string, readonly number[]>> = {
  AMT_UserInitiatedConnectionService: [32768, 32769, 32770, 32771],
  AMT_WebUIService: [2, 3],
  CIM_BootService: [32768, 32769, 32770, 32771],
  CIM_WiFiPort: [3, 32768, 32769],
};

/** Answers for services that can be switched. */
export const switches: Behavior = {
  name: 'switches',

  invoke(firmware, { className, method, input }) {
    const states = STATES[className];
    if (states === undefined || method !== 'RequestStateChange') return undefined;
    if (className === 'CIM_BootService' && firmware.profile.recovery.length === 0) return { ReturnValue: 1 };
    const requested = Number(text(input.RequestedState));
    if (!states.includes(requested)) return { ReturnValue: 5 };
    const all = firmware.instances(className) ?? [];
    firmware.change(() =>
      firmware.store(
        className,
        all.map((each) => ({ ...each, EnabledState: requested })),
      ),
    );
    return { ReturnValue: 0 };
  },
};

/** Asked last: a method of the schema that this firmware does not do is not supported, any other does not exist. */
export const unsupported: Behavior = {
  name: 'unsupported',

  invoke(_firmware, { className, method }) {
    if (classes[className]?.methods?.[method] === undefined) throw new SoapFault('ActionNotSupported');
    return { ReturnValue: className.startsWith('AMT_') ? PT_UNSUPPORTED : 1 };
  },
};

const PT_UNSUPPORTED = 2066;
