/**
 * The consent of the person at the machine: a code on its screen, which the console has to say.
 * [AMT: IPS_OptInService] [AMT: User Consent]
 */
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { type ConsentPolicy, type ConsentState, noBoot, type Opener } from '../state.ts';
import { type Instance, text } from '../values.ts';
import { recordAudit } from './audit-log.ts';

const CLASS = 'IPS_OptInService';

const Result = { done: 0, invalidState: 2, blocked: 3 };

/** Answers for user consent. */
export const consent: Behavior = {
  name: 'consent',

  enumerate(firmware, { className }) {
    return className === CLASS && firmware.instances(CLASS) !== undefined ? [serviceNow(firmware)] : undefined;
  },

  put(firmware, call) {
    return call.className === CLASS ? putPolicy(firmware, call) : undefined;
  },

  invoke(firmware, { className, method, input, account, address }) {
    if (className !== CLASS) return undefined;
    switch (method) {
      case 'StartOptIn':
        return { ReturnValue: start(firmware, account.name, address) };
      case 'SendOptInCode':
        return { ReturnValue: send(firmware, text(input.OptInCode), account.name, address) };
      case 'CancelOptIn':
        if (firmware.state.consent.state === 'not-started') return { ReturnValue: Result.invalidState };
        endConsent(firmware);
        return { ReturnValue: Result.done };
      default:
        throw new SoapFault('ActionNotSupported');
    }
  },
};

/** Whether boot options may be changed now. */
export function consentGiven({ state }: Firmware): boolean {
  const { policy, state: at } = state.consent;
  return policy !== 'all' || at === 'received' || at === 'in-session';
}

/** Whether a console may see the screen now. */
export function screenConsentGiven(firmware: Firmware): boolean {
  return firmware.state.consent.policy === 'none' || consentGivenAtAll(firmware);
}

/** Asks for a consent; the code appears on the screen of the PC. False where it cannot be asked for now. */
export function requestConsent(firmware: Firmware, { user = '', address = '' }: Opener): boolean {
  return start(firmware, user, address) === Result.done;
}

/** Says the code. False when it is wrong, or nobody asked. */
export function submitCode(firmware: Firmware, code: string, { user = '', address = '' }: Opener): boolean {
  return send(firmware, code, user, address) === Result.done;
}

/** The consent is over; what was prepared under it is forgotten. */
export function endConsent(firmware: Firmware): void {
  const given = firmware.state.consent.state === 'received' || firmware.state.consent.state === 'in-session';
  firmware.change((state) => {
    state.consent.state = 'not-started';
    state.consent.code = undefined;
    state.consent.wrongCodes = 0;
    if (given && state.consent.policy === 'all') state.boot = noBoot();
  });
  if (given) tell(firmware, Told.ended);
}

/** A requested code is drawn as soon as there is a picture to draw it into. */
export function drawCode(firmware: Firmware): void {
  if (firmware.state.consent.state !== 'requested' || firmware.state.power !== 'on') return;
  firmware.change(({ consent: now }) => {
    now.state = 'displayed';
  });
}

/** Follows KVM and IDE-R: the first takes the consent into a session, the last gives it back. */
export function followSessions(firmware: Firmware): void {
  const { sessions, consent: now } = firmware.state;
  const open = sessions.kvm || sessions.ider;
  if (open && now.state === 'received') {
    firmware.change((state) => {
      state.consent.state = 'in-session';
    });
  } else if (!open && now.state === 'in-session') {
    firmware.change((state) => {
      state.consent.state = 'received';
    });
    expireWhenIdle(firmware);
  }
}

/** First argument of the message about consent. [AMT: WS-Eventing] */
const Told = { given: 1, ended: 2, requested: 3, policy: 4 } as const;

function tell(firmware: Firmware, what: (typeof Told)[keyof typeof Told]): void {
  firmware.raise({ message: { id: 'iAMT0064', arguments: [String(what)] } });
}

/** Order is the number on the wire. */
const STATES: readonly ConsentState[] = ['not-started', 'requested', 'displayed', 'received', 'in-session'];

const POLICIES: Record<ConsentPolicy, number> = { none: 0, kvm: 1, all: 0xffff_ffff };

function start(firmware: Firmware, user: string, address: string): number {
  const { consent: now } = firmware.state;
  const { clock, random } = firmware;
  if (now.blockedUntil > clock.now()) {
    recordAudit(firmware, { application: 30, event: 2, user, address });
    return Result.blocked;
  }
  if (now.state !== 'not-started' || now.policy === 'none') return Result.invalidState;
  const code = String(Math.floor(random() * 1_000_000)).padStart(6, '0');
  firmware.change((state) => {
    state.consent.state = 'requested';
    state.consent.code = code;
    state.consent.wrongCodes = 0;
  });
  tell(firmware, Told.requested);
  clock.after(now.displaySeconds * 1000, () => {
    if (firmware.state.consent.code === code && !consentGivenAtAll(firmware)) endConsent(firmware);
  });
  firmware.later(500, () => drawCode(firmware));
  return Result.done;
}

/** The code goes over the wire as a number, so its leading zeros may have got lost. */
function send(firmware: Firmware, sent: string, user: string, address: string): number {
  const { consent: now } = firmware.state;
  if (now.state !== 'displayed') return Result.invalidState;
  if (/^\d{1,6}$/.test(sent) && Number(sent) === Number(now.code)) {
    firmware.change((state) => {
      state.consent.state = 'received';
      state.consent.wrongCodes = 0;
      state.consent.failedRequests = 0;
    });
    tell(firmware, Told.given);
    recordAudit(firmware, { application: 30, event: 1, user, address, data: Uint8Array.of(0) });
    expireWhenIdle(firmware);
    followSessions(firmware);
    return Result.done;
  }
  const { codes, requests } = firmware.quirks.consentTries;
  const wrongCodes = now.wrongCodes + 1;
  firmware.change((state) => {
    state.consent.wrongCodes = wrongCodes;
  });
  if (wrongCodes >= codes) {
    recordAudit(firmware, { application: 30, event: 1, user, address, data: Uint8Array.of(1) });
    endConsent(firmware);
    firmware.change((state) => {
      const failed = state.consent.failedRequests + 1;
      state.consent.failedRequests = failed >= requests ? 0 : failed;
      if (failed >= requests) state.consent.blockedUntil = firmware.clock.now() + 60_000;
    });
  }
  return firmware.quirks.wrongCode;
}

/** A consent nobody makes use of lapses. Every use begins the wait anew. */
function expireWhenIdle(firmware: Firmware): void {
  idle.get(firmware)?.();
  const forget = firmware.clock.after(firmware.state.consent.idleSeconds * 1000, () => {
    if (firmware.state.consent.state === 'received') endConsent(firmware);
  });
  idle.set(firmware, forget);
}

const idle = new WeakMap<Firmware, () => void>();

function consentGivenAtAll({ state }: Firmware): boolean {
  return state.consent.state === 'received' || state.consent.state === 'in-session';
}

/** In client control mode the policy is fixed, and so is the time to display. */
function putPolicy(firmware: Firmware, { input, account, address }: Call): Instance {
  const { consent: now, provisioning } = firmware.state;
  const policy = (Object.keys(POLICIES) as ConsentPolicy[]).find(
    (name) => String(POLICIES[name]) === (text(input.OptInRequired) || String(POLICIES[now.policy])),
  );
  const display = Number(text(input.OptInDisplayTimeout) || now.displaySeconds);
  const unused = Number(text(input.OptInCodeTimeout) || now.idleSeconds);
  if (policy === undefined || ![display, unused].every((each) => each >= 60 && each <= 900)) {
    throw new SoapFault('InvalidRepresentation');
  }
  const fixed = provisioning.controlMode === 'ccm';
  if (fixed && (policy !== now.policy || display !== now.displaySeconds)) throw new SoapFault('AccessDenied');
  if (policy !== now.policy) {
    const order = Object.keys(POLICIES);
    const data = Uint8Array.of(order.indexOf(now.policy), order.indexOf(policy));
    tell(firmware, Told.policy);
    recordAudit(firmware, { application: 30, event: 0, user: account.name, address, data });
  }
  firmware.change((state) => {
    state.consent.policy = policy;
    state.consent.displaySeconds = display;
    state.consent.idleSeconds = unused;
  });
  return serviceNow(firmware);
}

function serviceNow(firmware: Firmware): Instance {
  const { consent: now, provisioning } = firmware.state;
  const [initial = {}] = firmware.instances(CLASS) ?? [];
  return {
    className: CLASS,
    properties: {
      ...initial,
      CanModifyOptInPolicy: provisioning.controlMode === 'acm' ? 1 : 0,
      OptInCodeTimeout: now.idleSeconds,
      OptInDisplayTimeout: now.displaySeconds,
      OptInRequired: POLICIES[now.policy],
      OptInState: STATES.indexOf(now.state),
    },
  };
}
