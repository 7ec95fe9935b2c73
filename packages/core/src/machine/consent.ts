/** The consent of the person at the machine. [AMT: User Consent] [AMT: IPS_OptInService] */
import { MethodFailed, NotSupported } from '../errors.ts';
import { IPS_OptInService, OptInReturnValue } from '../wsman/classes/ips/IPS_OptInService.ts';
import type { WsmanClient } from '../wsman/client.ts';
import { policyOf } from './features.ts';
import type { Consent, ConsentInfo, ConsentState } from './machine.ts';
import { pause } from './waiting.ts';

/** The consent façade over one client. */
export function consentOf(wsman: WsmanClient): Consent {
  async function read(): Promise<ConsentInfo> {
    const service = await wsman.tryGet(IPS_OptInService);
    if (service === undefined) return { required: 'none', state: 'not-started' };
    return {
      required: policyOf(service.OptInRequired),
      state: STATES[String(service.OptInState)] ?? 'unknown',
      displaySeconds: service.OptInDisplayTimeout,
      idleSeconds: service.OptInCodeTimeout,
    };
  }

  return {
    read,
    async request({ timeoutMs = DRAWN_WITHIN_MS, signal } = {}) {
      let now = await read();
      if (now.required === 'none') return now;
      if (now.state === 'not-started' || now.state === 'unknown') {
        await wsman.invoke(IPS_OptInService, 'StartOptIn', {});
        now = await read();
      }
      const startedAt = performance.now();
      while (now.state === 'requested' && performance.now() - startedAt < timeoutMs) {
        await pause(POLL_MS, signal);
        now = await read();
      }
      return now;
    },
    async send(code) {
      if (!/^\d{6}$/.test(code)) throw new TypeError('A consent code has six digits.');
      const { required, state } = await read();
      if (required === 'none') {
        throw new NotSupported(`${wsman.host} asks for no consent; there is nothing to send a code for.`, {
          host: wsman.host,
        });
      }
      try {
        await wsman.invoke(IPS_OptInService, 'SendOptInCode', { OptInCode: code });
      } catch (error) {
        if (!(error instanceof MethodFailed) || !aboutTheCode(error.returnValue)) throw error;
        throw explained(wsman.host, state, await read(), error);
      }
    },
    async cancel() {
      const { state } = await read();
      if (state !== 'not-started') await wsman.invoke(IPS_OptInService, 'CancelOptIn', {});
    },
  };
}

/** A code is drawn within a second; longer where the picture changes just then, never while the machine is off. */
const DRAWN_WITHIN_MS = 5_000;
const POLL_MS = 250;

/**
 * Whether a refusal is about the code or its moment, and not about the firmware itself. Which number a wrong code gives
 * is nowhere documented; 2 and 2066 were seen.
 */
function aboutTheCode(returnValue: number): boolean {
  return !(
    [OptInReturnValue['Internal Error'], OptInReturnValue.Blocked, OptInReturnValue['Failed FFS']] as number[]
  ).includes(returnValue);
}

/** Why a code was refused, which only the states before and after it tell. */
function explained(host: string, before: ConsentState, { state }: ConsentInfo, cause: MethodFailed): MethodFailed {
  const [why, hint] = reasonOf(before, state);
  const { className, method, returnValue, returnName } = cause;
  return new MethodFailed(`${host} ${why} (ReturnValue ${returnValue}).`, {
    host,
    hint,
    cause,
    busy: before === 'requested',
    className,
    method,
    returnValue,
    returnName,
  });
}

function reasonOf(before: ConsentState, after: ConsentState): readonly [why: string, hint: string] {
  switch (before) {
    case 'requested':
      return [
        'does not show its consent code yet: the code was not accepted',
        'Wait until it stands on the screen; a machine that is off or asleep shows none. Then send it again.',
      ];
    case 'not-started':
      return ['shows no consent code now: the code was not accepted', 'Ask for consent again and send the new code.'];
    case 'received':
    case 'in-session':
      return ['has been given its consent already: no code is awaited', 'Go on with what needed the consent.'];
    default:
      return after === 'not-started'
        ? [
            'did not accept the consent code, and does not show it any more',
            'It was wrong too often or came too late: ask for consent again and send the new code.',
          ]
        : [
            'did not accept the consent code',
            'Read it again from the screen of the machine: it has six digits, and every request shows another one.',
          ];
  }
}

const STATES: Record<string, ConsentState> = {
  'Not started': 'not-started',
  Requested: 'requested',
  Displayed: 'displayed',
  Received: 'received',
  'In Session': 'in-session',
};
