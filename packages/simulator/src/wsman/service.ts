/** The WS-Management service of one firmware: XML in, status and XML out, one request at a time. */
import { decodeMessage, ProtocolError, type WsmanMessage } from '@amtkit/core/wire';
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import { mayUse } from '../realms.ts';
import type { ReceivedRequest, Recorder } from '../record.ts';
import type { Account } from '../state.ts';
import { answer, callOf } from './dispatch.ts';
import { Enumerations } from './enumerations.ts';
import { faultStatus, writeFault, writeIdentify, writeReply } from './envelope.ts';

/** Who asks, and how. */
export interface Caller {
  readonly account: Account;
  readonly address: string;
  readonly tls: boolean;
}

/** What goes back: SOAP with an HTTP status, or the log-on page again. */
export type ServiceReply =
  | { readonly status: number; readonly xml: string; readonly close: boolean; readonly request: ReceivedRequestDraft }
  | { readonly status: 401; readonly request: ReceivedRequestDraft };

type ReceivedRequestDraft = Omit<ReceivedRequest, 'number'>;

/** Decides whether an answer is spoiled on purpose, before anything is executed. */
export type Spoiler = (call: Pick<Call, 'action' | 'className' | 'method'>) => 'busy' | 'fault' | undefined;

/** The service. */
export class WsmanService {
  readonly #firmware: Firmware;
  readonly #behaviors: () => readonly Behavior[];
  readonly #recorder: Recorder;
  readonly #enumerations: Enumerations;
  #sent = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(firmware: Firmware, behaviors: () => readonly Behavior[], recorder: Recorder) {
    this.#firmware = firmware;
    this.#behaviors = behaviors;
    this.#recorder = recorder;
    this.#enumerations = new Enumerations(firmware);
  }

  /** Answers one request after those before it. What becomes of the reply is told to `done`. */
  handle(body: string, caller: Caller, spoil: Spoiler): Promise<ServiceReply> {
    const answered = this.#turn.then(() => this.#handle(body, caller, spoil));
    this.#turn = answered.catch(() => {});
    return answered;
  }

  /** Enters a request into the record. */
  done(request: ReceivedRequestDraft, status: number): void {
    this.#recorder.add({ ...request, status });
  }

  async #handle(body: string, caller: Caller, spoil: Spoiler): Promise<ServiceReply> {
    const message = decode(body);
    if (message instanceof SoapFault) return this.#faulty(message, '', draft(caller));
    if (message.body.Identify !== undefined && message.action === '') return this.#identify(caller);
    try {
      const { verb, ...parts } = callOf(message, body);
      const call: Call = { ...parts, ...caller };
      const request: ReceivedRequestDraft = { ...draft(caller), ...recorded(call, verb) };
      try {
        return await this.#answer(call, verb, message, request, spoil);
      } catch (error) {
        return this.#refused(error, message, request);
      }
    } catch (error) {
      return this.#refused(error, message, draft(caller));
    }
  }

  async #answer(
    call: Call,
    verb: string,
    message: WsmanMessage,
    request: ReceivedRequestDraft,
    spoil: Spoiler,
  ): Promise<ServiceReply> {
    const firmware = this.#firmware;
    if (!mayUse(call)) {
      if (firmware.quirks.missingRealm === 401) return { status: 401, request };
      throw new SoapFault('AccessDenied');
    }
    const spoiled = spoil(call);
    if (spoiled === 'fault') throw new SoapFault('InternalError', 'AMT-STATUS 1');
    const behaviors = spoiled === 'busy' ? [busy] : this.#behaviors();
    const write = await answer({ firmware, behaviors, enumerations: this.#enumerations }, call, verb, message);
    const header = {
      relatesTo: message.messageId,
      action: `${message.action}Response`,
      resource: message.resource,
      number: ++this.#sent,
    };
    const xml = writeReply(header, write);
    const returned = /<g:ReturnValue>(\d+)<\/g:ReturnValue><\/g:\w+_OUTPUT>/.exec(xml)?.[1];
    return {
      status: 200,
      xml,
      close: false,
      request: returned === undefined ? request : { ...request, returnValue: Number(returned) },
    };
  }

  #refused(error: unknown, message: WsmanMessage, request: ReceivedRequestDraft): ServiceReply {
    if (error instanceof SoapFault) return this.#faulty(error, message.messageId, request);
    if (error instanceof ProtocolError) {
      return this.#faulty(new SoapFault('SchemaValidationError'), message.messageId, request);
    }
    this.#recorder.problems.push(error);
    return this.#faulty(new SoapFault('InternalError', 'AMT-STATUS 1'), message.messageId, request);
  }

  #faulty(fault: SoapFault, relatesTo: string, request: ReceivedRequestDraft): ServiceReply {
    const { quirks } = this.#firmware;
    const denied = fault.fault === 'AccessDenied' && quirks.missingRealm !== 401;
    return {
      status: denied ? quirks.missingRealm : faultStatus(fault.fault),
      xml: writeFault(relatesTo, ++this.#sent, fault),
      close: quirks.closesAfterFault || fault.fault === 'AlreadyExists',
      request: { ...request, fault: fault.fault },
    };
  }

  #identify(caller: Caller): ServiceReply {
    const { version } = this.#firmware.profile;
    const xml = writeIdentify('Intel(r)', `AMT ${version.split('.').slice(0, 2).join('.')}`);
    return { status: 200, xml, close: false, request: { ...draft(caller), action: 'Identify' } };
  }
}

/** Says that it is busy, in the words of the class that is asked. */
const busy: Behavior = {
  name: 'busy',
  invoke: (_firmware, { className }) => ({ ReturnValue: busyValue(className) }),
};

/** What a method of this class returns when it cannot be done now. [AMT: Errors and Return Values] */
function busyValue(className: string): number {
  if (className === 'CIM_BootConfigSetting' || className === 'CIM_BootService') return 3;
  const job = className.startsWith('CIM_') || className === 'AMT_RedirectionService';
  return job || className === 'IPS_PowerManagementService' ? 4099 : 2082;
}

function decode(body: string): WsmanMessage | SoapFault {
  try {
    return decodeMessage(body);
  } catch (error) {
    if (error instanceof ProtocolError) return new SoapFault('SchemaValidationError');
    throw error;
  }
}

function draft(caller: Caller): ReceivedRequestDraft {
  return {
    action: 'unreadable',
    className: '',
    method: '',
    selectors: {},
    input: {},
    user: caller.account.name,
    address: caller.address,
    tls: caller.tls,
    status: 0,
  };
}

function recorded(
  call: Call,
  verb: string,
): Pick<ReceivedRequest, 'action' | 'className' | 'method' | 'selectors' | 'input'> {
  const action = verb === 'Pull' || verb === 'Release' ? verb : call.action;
  return { action, className: call.className, method: call.method, selectors: call.selectors, input: call.input };
}
