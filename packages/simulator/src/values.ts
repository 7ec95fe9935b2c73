/** Values of properties and parameters as the firmware keeps them, and their way in from XML. */
import {
  decodeReference,
  elementOf,
  listOf,
  type Reference,
  textOf,
  type XmlObject,
  type XmlValue,
} from '@amtkit/core/wire';

/** A point in time as CIM writes it: ISO 8601, whole seconds, UTC. */
export interface Moment {
  readonly datetime: string;
}

/** A length of time as CIM writes it: ISO 8601 such as `P1DT2H`. */
export interface Span {
  readonly interval: string;
}

/** One value. */
export type Scalar = string | number | boolean | Reference | Moment | Span;

/** A value, or several: the element is repeated. */
export type Value = Scalar | readonly Scalar[];

/** Properties of one instance, or parameters of one method. */
export type Properties = Readonly<Record<string, Value>>;

/** One instance and the class it is of. */
export interface Instance {
  readonly className: string;
  readonly properties: Properties;
}

/** The properties below an element; attributes and stray text are not among them. */
export function propertiesOf(element: XmlObject): Properties {
  const properties: Record<string, Value> = {};
  for (const [name, value] of Object.entries(element)) {
    if (!name.startsWith('@') && name !== '#text') properties[name] = valueFrom(value);
  }
  return properties;
}

/** Text of a value; of several the first. References and absent values have none. */
export function text(value: Value | undefined): string {
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined || typeof first !== 'object') return first === undefined ? '' : String(first);
  if ('datetime' in first) return first.datetime;
  return 'interval' in first ? first.interval : '';
}

/** A value as a list: absent is empty, single is one. */
export function list(value: Value | undefined): readonly Scalar[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Scalar];
}

/** Whether a value points to an instance. */
export function isReference(value: Value | undefined): value is Reference {
  return typeof value === 'object' && value !== null && 'className' in value;
}

/** Whether two values say the same; 1, "1" and ["1"] do. */
export function sameValue(a: Value, b: Value): boolean {
  return JSON.stringify(list(a).map(comparable)) === JSON.stringify(list(b).map(comparable));
}

function comparable(value: Scalar): unknown {
  return typeof value === 'object' ? value : String(value);
}

function valueFrom(value: XmlValue): Value {
  if (Array.isArray(value)) return value.map((each) => scalarOf(each as string | XmlObject));
  return scalarOf(listOf(value)[0] ?? '');
}

function scalarOf(value: string | XmlObject): Scalar {
  if (typeof value === 'string') return value;
  if (value.ReferenceParameters !== undefined || value.EndpointReference !== undefined) return decodeReference(value);
  if (value.Datetime !== undefined) return { datetime: textOf(value.Datetime) };
  if (value.Interval !== undefined) return { interval: textOf(value.Interval) };
  return textOf(elementOf(value));
}
