/** SOAP faults: what firmware says when a request itself is wrong, as opposed to a method that failed. [DSP0226 §14] */
import { elementOf, textOf, type XmlObject } from './xml.ts';

/** What a fault says. */
export interface Fault {
  /** Local name of the innermost subcode (`DestinationUnreachable`, `AccessDenied` …), or of the code. */
  readonly name: string;
  readonly reason: string;
  /** Text of the detail; Intel writes `AMT-STATUS n` there. */
  readonly detail: string;
}

/** The fault in a message's body, if it holds one. */
export function decodeFault(body: XmlObject): Fault | undefined {
  if (body.Fault === undefined) return undefined;
  const fault = elementOf(body.Fault);
  const code = elementOf(fault.Code);
  let name = textOf(code.Value);
  for (let subcode = code.Subcode; subcode !== undefined; subcode = elementOf(subcode).Subcode) {
    name = textOf(elementOf(subcode).Value) || name;
  }
  return {
    name: name.slice(name.indexOf(':') + 1),
    reason: textOf(elementOf(fault.Reason).Text),
    detail: allText(fault.Detail),
  };
}

function allText(value: XmlObject[string] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(allText).filter(Boolean).join(' ');
  return Object.entries(value as XmlObject)
    .filter(([name]) => !name.startsWith('@'))
    .map(([, child]) => allText(child))
    .filter(Boolean)
    .join(' ');
}
