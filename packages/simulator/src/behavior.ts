/** How the firmware answers one area: behaviours are asked in order, and the first that answers wins. */
import type { Reference, Selectors, XmlObject } from '@amtkit/core/wire';
import type { Firmware } from './firmware.ts';
import type { Account } from './state.ts';
import type { Instance, Properties } from './values.ts';

/** What a console asks of one class. */
export interface Call {
  readonly action: 'Get' | 'Put' | 'Create' | 'Delete' | 'Enumerate' | 'Invoke' | 'Subscribe' | 'Renew' | 'Unsubscribe';
  /** Verbatim, such as `CIM_BootService`. */
  readonly className: string;
  /** The method of an Invoke, else empty. */
  readonly method: string;
  readonly selectors: Selectors;
  /** What was sent: the parameters of a method, the properties of a Put or Create. Properties of others are empty. */
  readonly input: Properties;
  /** The same as it was decoded, for what is nested deeper. */
  readonly raw: XmlObject;
  /** The whole request, for the few things whose namespaces count. */
  readonly message: { readonly header: XmlObject; readonly text: string };
  readonly account: Account;
  /** Address of the console. */
  readonly address: string;
  /** Whether it came over TLS. */
  readonly tls: boolean;
}

/** What a method answers; `ReturnValue` goes last whatever the order. */
export interface Output {
  readonly ReturnValue: number;
  readonly [name: string]: Properties[string];
}

type Answer<T> = T | undefined | Promise<T | undefined>;

/**
 * Answers for one area. Every function answers or returns `undefined`, which leaves it to the next behaviour. A
 * `SoapFault` that is thrown is the answer, too.
 */
export interface Behavior {
  readonly name: string;
  /** Called once, when the firmware starts: the place to listen from. */
  start?(firmware: Firmware): void;
  get?(firmware: Firmware, call: Call): Answer<Instance>;
  /** Answers the instance as it stands afterwards. */
  put?(firmware: Firmware, call: Call): Answer<Instance>;
  create?(firmware: Firmware, call: Call): Answer<Reference>;
  delete?(firmware: Firmware, call: Call): Answer<'deleted'>;
  /** Instances of exactly this class; those of its subclasses are asked for by themselves. A Get picks among them. */
  enumerate?(firmware: Firmware, call: Call): Answer<readonly Instance[]>;
  invoke?(firmware: Firmware, call: Call): Answer<Output>;
  subscribe?(firmware: Firmware, call: Call): Answer<Subscribed>;
  renew?(firmware: Firmware, call: Call): Answer<Pick<Subscribed, 'expires'>>;
  unsubscribe?(firmware: Firmware, call: Call): Answer<'unsubscribed'>;
}

/** A subscription that was accepted. */
export interface Subscribed {
  /** What it is renewed and ended by. */
  readonly manager: Reference;
  /** How long it lasts, such as `PT1H`; `PT0S` is for ever. */
  readonly expires: string;
}

/** Names of faults the firmware knows. [DSP0226 §14] */
export type FaultName =
  | 'AccessDenied'
  | 'ActionNotSupported'
  | 'AlreadyExists'
  | 'CannotProcessFilter'
  | 'DeliveryModeRequestedUnavailable'
  | 'DestinationUnreachable'
  | 'EncodingLimit'
  | 'EventSourceUnableToProcess'
  | 'InternalError'
  | 'InvalidEnumerationContext'
  | 'InvalidRepresentation'
  | 'InvalidSelectors'
  | 'MessageInformationHeaderRequired'
  | 'SchemaValidationError'
  | 'TimedOut'
  | 'UnsupportedFeature';

/** Thrown by whoever answers a request with a SOAP fault. */
export class SoapFault extends Error {
  readonly fault: FaultName;
  /** Text of the detail, such as `AMT-STATUS 1`. */
  readonly detail: string;

  constructor(fault: FaultName, detail = '') {
    super(detail === '' ? fault : `${fault}: ${detail}`);
    this.fault = fault;
    this.detail = detail;
  }
}
