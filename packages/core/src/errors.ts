/**
 * Every error amtkit throws on purpose. One class per decision a caller makes.
 *
 *     AmtError                  code, host, cause
 *     ├─ ConnectFailed          nobody answered, or the connection was refused
 *     ├─ Untrusted              the certificate changed or is unacceptable; TLS too old
 *     ├─ TimedOut               answered before, silent now
 *     ├─ AuthenticationFailed   the firmware refused these credentials
 *     ├─ ConsentRequired        someone at the machine must read out a code
 *     ├─ NotSupported           this firmware, version or SKU lacks it
 *     ├─ Refused                it understood and said no; `busy` where it may say yes later
 *     │   ├─ WsmanFault         a SOAP fault
 *     │   ├─ MethodFailed       a method answered with a ReturnValue other than 0
 *     │   ├─ RedirectionRefused a redirection service is unknown, disabled or busy
 *     │   └─ Vetoed             a plugin or the bridge's permit said no
 *     ├─ Cancelled              the caller's signal
 *     ├─ ImageFailed            an image cannot be read, or is not what it was
 *     ├─ InvalidBook            the book or a plugin's options are wrong
 *     └─ ProtocolError          the bytes make no sense
 *
 * Texts are sentences: what was attempted, on what, what came back, what to do. Credentials never occur in them.
 * Wrong arguments are a bug in the caller and throw TypeError instead.
 */

/** What every amtkit error can say beside its text. */
export interface AmtErrorOptions {
  /** Network name or address of the machine it is about. */
  readonly host?: string | undefined;
  /** What to do about it, as one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The root of the tree; `code` is a stable word, one per class, for logs, flows and exit codes. */
export abstract class AmtError extends Error {
  abstract readonly code: string;
  /** Network name or address of the machine it is about. */
  readonly host: string | undefined;
  /** What to do about it, as one sentence. */
  readonly hint: string | undefined;

  constructor(message: string, options: AmtErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.host = options.host;
    this.hint = options.hint;
  }
}

/** Nobody answered at the address, or the connection was refused. Try again, or look at cable and power. */
export class ConnectFailed extends AmtError {
  readonly code = 'CONNECT_FAILED';
}

/** The certificate is not the pinned one, is unacceptable, or TLS itself is too old. Ask a person. */
export class Untrusted extends AmtError {
  readonly code = 'UNTRUSTED';
  /** SHA-256 fingerprint that was expected, hex pairs with colons. */
  readonly expected: string | undefined;
  /** SHA-256 fingerprint that was presented, hex pairs with colons. */
  readonly presented: string | undefined;
  /** It is another machine than the known one: its digest realm or its UUID says so. */
  readonly stranger: boolean;

  constructor(
    message: string,
    options: AmtErrorOptions & {
      expected?: string | undefined;
      presented?: string | undefined;
      stranger?: boolean | undefined;
    } = {},
  ) {
    super(message, options);
    this.expected = options.expected;
    this.presented = options.presented;
    this.stranger = options.stranger ?? false;
  }
}

/** The machine answered before and is silent now. */
export class TimedOut extends AmtError {
  readonly code = 'TIMED_OUT';
}

/** The firmware refused these credentials. Do not repeat them: ten refusals in a row lock the account. */
export class AuthenticationFailed extends AmtError {
  readonly code = 'AUTHENTICATION_FAILED';
  /** Set while the firmware refuses even the right password: when it may listen again. */
  readonly lockedUntil: Date | undefined;

  constructor(message: string, options: AmtErrorOptions & { lockedUntil?: Date | undefined } = {}) {
    super(message, options);
    this.lockedUntil = options.lockedUntil;
  }
}

/** Someone at the machine must read out a code before this may happen. */
export class ConsentRequired extends AmtError {
  readonly code = 'CONSENT_REQUIRED';
}

/** This firmware, version or SKU lacks the feature; the text says what would have it. */
export class NotSupported extends AmtError {
  readonly code = 'NOT_SUPPORTED';
}

/** The firmware understood and said no. */
export class Refused extends AmtError {
  readonly code: string = 'REFUSED';
  /** It said no for the sake of somebody or something else, and may say yes later. */
  readonly busy: boolean;

  constructor(message: string, options: AmtErrorOptions & { busy?: boolean | undefined } = {}) {
    super(message, options);
    this.busy = options.busy ?? false;
  }
}

/** A SOAP fault. [DSP0226 §14] */
export class WsmanFault extends Refused {
  override readonly code: string = 'WSMAN_FAULT';
  /** Local name of the innermost subcode, such as `DestinationUnreachable`; the code itself where there is none. */
  readonly fault: string;
  readonly reason: string;
  /** Text of the detail element, such as `AMT-STATUS 1`. */
  readonly detail: string;

  constructor(
    message: string,
    options: AmtErrorOptions & {
      fault: string;
      reason: string;
      detail?: string | undefined;
    },
  ) {
    super(message, options);
    this.fault = options.fault;
    this.reason = options.reason;
    this.detail = options.detail ?? '';
  }
}

/** A method answered with a ReturnValue other than 0. HTTP said 200: only this number tells. */
export class MethodFailed extends Refused {
  override readonly code: string = 'METHOD_FAILED';
  readonly className: string;
  readonly method: string;
  readonly returnValue: number;
  /** Name of the value in the class's own table, such as `InUse`. */
  readonly returnName: string;

  constructor(
    message: string,
    options: AmtErrorOptions & {
      className: string;
      method: string;
      returnValue: number;
      returnName: string;
      busy?: boolean | undefined;
    },
  ) {
    super(message, options);
    this.className = options.className;
    this.method = options.method;
    this.returnValue = options.returnValue;
    this.returnName = options.returnName;
  }
}

/** A redirection service is unknown, disabled or in use by someone else. */
export class RedirectionRefused extends Refused {
  override readonly code: string = 'REDIRECTION_REFUSED';
  /** Another console holds the only session. */
  readonly busy: boolean;

  constructor(message: string, options: AmtErrorOptions & { busy?: boolean } = {}) {
    super(message, options);
    this.busy = options.busy ?? false;
  }
}

/** A plugin, or the bridge's permit, said no before anything was sent. */
export class Vetoed extends Refused {
  override readonly code: string = 'VETOED';
  /** Who said no: the plugin's name, or `permit`. */
  readonly by: string;
  readonly reason: string;

  constructor(message: string, options: AmtErrorOptions & { by: string; reason: string }) {
    super(message, options);
    this.by = options.by;
    this.reason = options.reason;
  }
}

/** The caller's signal ended it. */
export class Cancelled extends AmtError {
  readonly code = 'CANCELLED';
}

/** An image that is served cannot be read, is not the size it should be, or is not what it was. Look at the file or its server. */
export class ImageFailed extends AmtError {
  readonly code = 'IMAGE_FAILED';
  /** What the image is called, without secrets. */
  readonly image: string | undefined;

  constructor(message: string, options: AmtErrorOptions & { image?: string | undefined } = {}) {
    super(message, options);
    this.image = options.image;
  }
}

/** The machine book, or a plugin's options, are wrong: file, line, key. Nothing was changed. */
export class InvalidBook extends AmtError {
  readonly code = 'INVALID_BOOK';
  readonly file: string | undefined;
  /** 1-based. */
  readonly line: number | undefined;
  /** Path of the key, such as `machines.office-pc.host`. */
  readonly key: string | undefined;

  constructor(
    message: string,
    options: AmtErrorOptions & {
      file?: string | undefined;
      line?: number | undefined;
      key?: string | undefined;
    } = {},
  ) {
    super(message, options);
    this.file = options.file;
    this.line = options.line;
    this.key = options.key;
  }
}

/** The bytes make no sense. A bug in the firmware, in something between, or in amtkit. */
export class ProtocolError extends AmtError {
  readonly code = 'PROTOCOL_ERROR';
}
