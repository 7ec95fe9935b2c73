/** What codes mean: exit codes, results of methods, HTTP statuses, faults, errors, events. For `amt explain`. */
import {
  auditApplication,
  auditEvent,
  type ClassDefinition,
  classes,
  decodeEventRecord,
  describeEvent,
  entityName,
  eventTime,
  fromHex,
  knownMessages,
  meaningOfMessage,
  PT_STATUS,
} from '@amtkit/core/wire';
import { named } from './credentials.ts';
import { exits, statusOfCode } from './exit.ts';
import { timeText } from './values.ts';

/** One meaning of a code; the same number means different things in different places. */
export interface Meaning {
  /** Where it means that. */
  readonly where: string;
  readonly code: string;
  readonly meaning: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Every meaning of a word or number: `4`, `0x10`, `503`, `AccessDenied`, `METHOD_FAILED`, `16.5`, `iAMT0052`, 42 hex digits. */
export function meaningsOf(code: string): Meaning[] {
  const text = code.trim();
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
  if (/^[0-9a-f]{42}$/i.test(text)) return [eventRecord(text)];
  if (number !== undefined) {
    return [...exitCode(number), ...httpStatus(number), ...methodResults(number), ...vendorResult(number)];
  }
  const [, application, event] = /^(\d+)\.(\d+)$/.exec(text) ?? [];
  if (application !== undefined && event !== undefined) return [auditRecord(Number(application), Number(event))];
  if (/^(iAMT|PLAT)\d+(\.\d+)?$/i.test(text)) return alertMessage(text);
  return [...errorCode(text), ...fault(text), ...resultWord(text)];
}

/** Of a message with several meanings all, unless the first argument stands behind a dot: `iAMT0052.1`. */
function alertMessage(text: string): Meaning[] {
  const [, registry = '', number = '', argument] = /^([a-z]+)0*(\d+)(?:\.(\d+))?$/i.exec(text) ?? [];
  const message = `${registry.toLowerCase() === 'plat' ? 'PLAT' : 'iAMT'}${number.padStart(4, '0')}`;
  return knownMessages()
    .map((known) => known.split(' '))
    .filter(([id, first]) => id === message && (argument === undefined || first === undefined || first === argument))
    .flatMap(([id = '', first]) => {
      const meaning = meaningOfMessage(id, first)?.[1] ?? '';
      return [{ where: 'alert of the firmware', code: first === undefined ? id : `${id}.${first}`, meaning }];
    });
}

const VENDOR = 32_768;

function exitCode(number: number): Meaning[] {
  return exits
    .filter(({ status }) => status === number)
    .map(({ status, meaning, advice }) => ({ where: 'exit code of amt', code: String(status), meaning, advice }));
}

function httpStatus(number: number): Meaning[] {
  const known = HTTP[number];
  return known === undefined ? [] : [{ where: 'HTTP status of the firmware', code: String(number), ...known }];
}

/** Results by the classes whose methods share a table. */
function methodResults(number: number): Meaning[] {
  const tables = new Map<Readonly<Record<string, number>>, Set<string>>([
    [PT_STATUS, new Set(['Intel services (PT_STATUS)'])],
  ]);
  for (const { name, methods } of Object.values<ClassDefinition>(classes)) {
    for (const { output } of Object.values(methods ?? {})) {
      const table = tableOf(output.ReturnValue);
      if (table === undefined || table === PT_STATUS) continue;
      tables.set(table, (tables.get(table) ?? new Set()).add(name));
    }
  }
  return [...tables].flatMap(([table, owners]) => {
    const name = nameIn(table, number);
    if (name === undefined || number === 0) return [];
    const advice = table === PT_STATUS ? RESULT_ADVICE[name] : STANDARD_ADVICE[name];
    return [
      {
        where: `result of ${named([...owners])}`,
        code: String(number),
        meaning: wordsOf(name),
        ...(advice === undefined ? {} : { advice }),
      },
    ];
  });
}

function vendorResult(number: number): Meaning[] {
  const name = number > VENDOR ? nameIn(PT_STATUS, number - VENDOR) : undefined;
  if (name === undefined) return [];
  const advice = RESULT_ADVICE[name];
  const where = 'result of standard methods, 32768 above the PT_STATUS';
  return [{ where, code: String(number), meaning: wordsOf(name), ...(advice === undefined ? {} : { advice }) }];
}

function resultWord(text: string): Meaning[] {
  const name = Object.keys(PT_STATUS).find((known) => known === text.toUpperCase().replace(/^(AMT|PT)_STATUS_/, ''));
  if (name === undefined) return [];
  return methodResults(PT_STATUS[name as keyof typeof PT_STATUS]).slice(0, 1);
}

function errorCode(text: string): Meaning[] {
  const status = statusOfCode[text.toUpperCase()];
  const exit = exits.find((each) => each.status === status);
  if (exit === undefined) return [];
  return [
    {
      where: `error code, exit code ${exit.status}`,
      code: text.toUpperCase(),
      meaning: exit.meaning,
      advice: exit.advice,
      ...JOBS[text.toUpperCase()],
    },
  ];
}

function fault(text: string): Meaning[] {
  const name = Object.keys(FAULTS).find((known) => known.toLowerCase() === text.replace(/^\w+:/, '').toLowerCase());
  const known = name === undefined ? undefined : FAULTS[name];
  return name === undefined || known === undefined ? [] : [{ where: 'WS-Management fault', code: name, ...known }];
}

function auditRecord(application: number, event: number): Meaning {
  return {
    where: 'audit log',
    code: `${application}.${event}`,
    meaning: `${auditApplication(application)}: ${auditEvent(application, event)}`,
  };
}

function eventRecord(hex: string): Meaning {
  const record = decodeEventRecord(fromHex(hex));
  const time = eventTime(record);
  const when = time === undefined ? 'no time' : timeText(time);
  return {
    where: 'event log',
    code: hex,
    meaning: `${when}, ${record.severity}, ${entityName(record.entity)}: ${describeEvent(record)}`,
  };
}

function tableOf(type: unknown): Readonly<Record<string, number>> | undefined {
  return (type as { table?: Readonly<Record<string, number>> } | undefined)?.table;
}

function nameIn(table: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}

/** `FLASH_WRITE_LIMIT_EXCEEDED` as `Flash write limit exceeded (FLASH_WRITE_LIMIT_EXCEEDED)`. */
function wordsOf(name: string): string {
  if (!/^[A-Z0-9_]+$/.test(name)) return name;
  const words = name.toLowerCase().replaceAll('_', ' ');
  return `${words[0]?.toUpperCase()}${words.slice(1)} (${name})`;
}

/** [RFC 9110 §15], as firmware uses them. */
const HTTP: Readonly<Record<number, { readonly meaning: string; readonly advice?: string }>> = {
  200: { meaning: 'Answered. A method may have failed all the same: its ReturnValue says so.' },
  303: { meaning: 'The web page is elsewhere; nothing wrong.' },
  400: { meaning: 'The request is wrong for this firmware; the fault in the body says why.' },
  401: {
    meaning: 'Log in first, or wrong credentials.',
    advice: 'Correct them before the next try: ten refusals in a row lock the account for up to 80 seconds.',
  },
  403: { meaning: 'This user may not do that.', advice: 'Give the account the realm it needs, or get consent.' },
  404: { meaning: 'There is nothing at this address: perhaps not AMT at all.' },
  405: { meaning: 'The web server does not know this method.' },
  408: { meaning: 'The request came too slowly.', advice: 'Look for packet loss on the way.' },
  500: {
    meaning: 'The firmware is busy or confused.',
    advice: 'Repeat it once. If it stays: take mains and battery off the machine for a minute.',
  },
  503: {
    meaning: 'Too many connections, or the machine is outside its home network and hides.',
    advice: 'Close other consoles, wait a minute; check environment detection.',
  },
};

/** [DSP0226 §14] and what it means here. */
const FAULTS: Readonly<Record<string, { readonly meaning: string; readonly advice?: string }>> = {
  DestinationUnreachable: {
    meaning: 'This firmware does not have the class, or no such instance.',
    advice: 'Nothing to repair: the version or SKU lacks it.',
  },
  AccessDenied: {
    meaning: 'The user lacks the realm, or the person at the machine has not consented.',
    advice: 'amt consent request TARGET, or an account with the realm.',
  },
  AlreadyExists: { meaning: 'It is there already.', advice: 'Remove the old one first, or leave it.' },
  InternalError: {
    meaning: 'The firmware could not do it and does not say why.',
    advice: 'Repeat it once. If it stays: take mains and battery off the machine for a minute.',
  },
  InvalidSelectors: { meaning: 'The selectors name no instance.', advice: 'amt wsman enum lists the instances.' },
  SchemaValidationError: { meaning: 'An element is unknown, missing or in the wrong order.' },
  InvalidRepresentation: { meaning: 'A value may not be written, or not like that.' },
  InvalidParameter: { meaning: 'A parameter of the method is wrong.' },
  ActionNotSupported: { meaning: 'The class does not have this verb or method.' },
  InvalidMessageInformationHeader: { meaning: 'A header of the request is wrong.' },
  MessageInformationHeaderRequired: { meaning: 'A header of the request is missing.' },
  InvalidEnumerationContext: {
    meaning: 'The reading of a list took too long, or another console began one.',
    advice: 'Repeat it.',
  },
  CannotProcessFilter: { meaning: 'The firmware does not know this kind of filter.' },
  EncodingLimit: { meaning: 'The answer would be larger than was allowed.' },
  TimedOut: { meaning: 'The firmware gave up on the request.', advice: 'Repeat it.' },
  UnsupportedFeature: { meaning: 'The firmware does not have this part of WS-Management.' },
  MustUnderstand: { meaning: 'The firmware does not know a header it was told to know.' },
  DeliveryModeRequestedUnavailable: { meaning: 'Events cannot be delivered that way.' },
  EventSourceUnableToProcess: { meaning: 'The firmware cannot take one more subscription.' },
};

const RESULT_ADVICE: Readonly<Record<string, string>> = {
  INTERNAL_ERROR: 'Repeat it once. If it stays: take mains and battery off the machine for a minute.',
  NOT_READY: 'The firmware still starts: wait half a minute.',
  INVALID_PT_MODE: 'Not available in this mode of AMT.',
  NOT_PERMITTED: 'The realm of the user, missing consent or client control mode stand against it.',
  MAX_LIMIT_REACHED: 'Remove something of that kind first.',
  AUTHENTICATION_FAILED: 'Wrong password.',
  UNSUPPORTED_OBJECT: 'This SKU does not have it.',
  FLASH_WRITE_LIMIT_EXCEEDED: 'Too many settings were written in a short time: wait some hours.',
  DISABLED_BY_POLICY: 'Switched off by policy, often in MEBx.',
  EVENTLOG_FROZEN: 'Unfreeze the event log first.',
  DUPLICATE: 'It is there already.',
  NOT_FOUND: 'There is no such thing.',
  USER_CONSENT_REQUIRED: 'amt consent request TARGET, then amt consent send TARGET.',
  OPERATION_IN_PROGRESS: 'Something of that kind is under way: wait for it.',
  AUDIT_FAIL: 'The audit log is full or locked, and this must be recorded.',
};

/** Ways in which jobs end without success. */
const JOBS: Readonly<Record<string, { readonly meaning: string; readonly advice: string }>> = {
  STEP_FAILED: {
    meaning: 'A step of amt sol expect failed: what it waited for did not come, or something came that must not.',
    advice: 'The line of the script and what the machine wrote last were printed; --show shows all of it.',
  },
  REIMAGE_FAILED: {
    meaning: 'The machine was told to start from the image, and then something went wrong that did not pass.',
    advice: 'The sentence that was printed says what; look at the screen of the machine before you repeat it.',
  },
  NOTHING_READ: {
    meaning: 'The machine was told to start from the image, and did not read it.',
    advice:
      'Look at its screen while it starts: boot from redirected drives may be off in its BIOS, or Secure Boot refuses it.',
  },
  SWITCHED_OFF: {
    meaning: 'The machine switched itself off before what was named as success.',
    advice: 'Where its installer ends like that, name it: --until power-off.',
  },
  NOT_FINISHED: {
    meaning: 'What was named as success did not come in time.',
    advice: 'Look at its screen: an installer that asks a question waits for ever. Give it more time with --within.',
  },
  VANISHED: {
    meaning: 'The machine stopped answering, or lost the image, and neither came back.',
    advice: 'Look at its mains and its network; the new system may have taken the network away from the firmware.',
  },
  INTERRUPTED: {
    meaning: 'The process that carried the reimage out ended while it was going on.',
    advice: 'The machine may be installed by half: start the reimage again.',
  },
};

const STANDARD_ADVICE: Readonly<Record<string, string>> = {
  'Unknown or Unspecified Error':
    'For a power change: it is in that state already, still starts, or a serial, storage or KVM session is open.',
  'Invalid State': 'Ask for consent first, or it was given already: amt consent TARGET shows the state.',
  Blocked: 'Too many wrong codes: wait a while.',
  Busy: 'Wait some seconds and repeat it.',
};
