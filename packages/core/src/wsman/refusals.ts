/** What a firmware's refusals mean: faults, pages of its web server, and return values. */
import { type AmtError, MethodFailed, NotSupported, ProtocolError, Refused, WsmanFault } from '../errors.ts';
import type { Fields } from './class.ts';
import { StateChangeReturnValue } from './classes/cim/CIM_EnabledLogicalElement.ts';
import type { Fault } from './fault.ts';
import { PT_STATUS } from './pt-status.ts';
import { textOf, type XmlObject } from './xml.ts';

/** A SOAP fault; `what` was asked for. */
export function faultError(host: string, what: string, { name, reason, detail }: Fault): WsmanFault {
  const more = detail === '' ? '' : ` [${detail}]`;
  return new WsmanFault(`${host} refused ${what}: ${name}: ${reason}${more}`, {
    host,
    hint: HINTS[name],
    fault: name,
    reason,
    detail,
  });
}

/** A refusal by the web server itself, with a page for people instead of a fault. */
export function statusError(host: string, status: number): AmtError {
  switch (status) {
    case 503:
      return new Refused(`${host} is busy or has too many connections (HTTP 503).`, {
        host,
        busy: true,
        hint: 'Close other consoles, wait a minute and try again. Outside its home network AMT hides behind this answer, too.',
      });
    case 403:
      return new Refused(`${host} does not permit this user to do that (HTTP 403).`, { host });
    case 404:
      return new NotSupported(`${host} has no WS-Management service (HTTP 404).`, { host });
    default:
      return new Refused(`${host} refused the request (HTTP ${status}).`, { host });
  }
}

/**
 * Nothing when a method succeeded. Observed (15): some methods answer without a ReturnValue; then what they were asked for
 * has to be there.
 * @throws MethodFailed, ProtocolError
 */
export function checkReturnValue(
  host: string,
  className: string,
  method: string,
  output: Fields,
  element: XmlObject,
): void {
  const text = textOf(element.ReturnValue);
  const value = Number(text);
  if (text === '' && Object.keys(element).length === 0) {
    throw new ProtocolError(`${host} answered ${className}.${method} with nothing.`, { host });
  }
  if (!Number.isInteger(value)) {
    const excerpt = JSON.stringify(text.slice(0, 40));
    throw new ProtocolError(`${host} answered ${className}.${method} with the ReturnValue ${excerpt}.`, { host });
  }
  if (value === 0 || value === JOB_STARTED) return;
  const returnName = nameOf(value, tableOf(className, output));
  throw new MethodFailed(`${host} refused ${className}.${method}: ${returnName} (ReturnValue ${text}).`, {
    host,
    className,
    method,
    returnValue: value,
    returnName,
  });
}

const HINTS: Readonly<Record<string, string>> = {
  DestinationUnreachable: 'This firmware or SKU does not have the class, or no such instance.',
  AccessDenied: 'The user lacks the realm for it, or the person at the machine has not consented.',
  InternalError: 'The firmware is busy or confused. If it stays: take mains and battery off for a minute.',
};

/** Standard methods may say that they will be done later, which is no failure. [DSP1027 §8] */
const JOB_STARTED = StateChangeReturnValue['Method Parameters Checked - Job Started'];

/** Standard methods add this to Intel's own numbers. [AMT: Errors and Return Values] */
const VENDOR = 32_768;

type Table = Readonly<Record<string, number>>;

/** The same number means different things: 2 is NOT_READY to Intel's own services and "unknown error" to standard ones. */
function tableOf(className: string, output: Fields): Table {
  const listed = output.ReturnValue as { readonly table?: Table } | undefined;
  return listed?.table ?? (className.startsWith('CIM_') ? StateChangeReturnValue : PT_STATUS);
}

/** A ReturnValue in words. */
function nameOf(value: number, table: Table): string {
  const find = (wanted: number, where: Table) => Object.keys(where).find((name) => where[name] === wanted);
  return find(value, table) ?? find(value > VENDOR ? value - VENDOR : value, PT_STATUS) ?? 'unknown result';
}
