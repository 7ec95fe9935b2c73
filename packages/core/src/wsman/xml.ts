/**
 * XML as WS-Management needs it: text in, plain objects out, and escaping for the way back.
 *
 * Elements become properties named by their local name (prefixes are the sender's whim), repeated elements become
 * arrays, attributes are properties beginning with `@`, text beside them is `#text`. Values stay text.
 *
 * fast-xml-parser forgives what we must not: it accepts unclosed and crossed tags and expands entities that the
 * document itself declares. One pass over the tags, before it, refuses both; it costs a tenth of a validation pass.
 */
import { XMLParser } from 'fast-xml-parser';
import { ProtocolError } from '../errors.ts';

/** An element: text where it holds nothing else, an object otherwise, an array where it is repeated. */
export type XmlValue = string | XmlObject | readonly (string | XmlObject)[];

/** The children and attributes of one element. */
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

/** Deeper documents than this are refused. Firmware stays below 15. */
const MAX_DEPTH = 64;

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  tagValueProcessor: (_name, value) => (value.includes('&') ? unescapeXml(value) : value),
  attributeValueProcessor: (_name, value) => (value.includes('&') ? unescapeXml(value) : value),
});

/**
 * The document as an object with one property, its root element.
 * @throws ProtocolError when it is not well-formed, has a DOCTYPE, or uses an unknown entity.
 */
export function parseXml(text: string): XmlObject {
  checkNesting(text);
  try {
    return parser.parse(text) as XmlObject;
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError(`The reply is not XML: ${(error as Error).message}.`, { cause: error });
  }
}

/** Text made safe between tags and inside double-quoted attributes. Characters XML cannot hold are dropped. */
export function escapeXml(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(ESCAPED, (c) => ESCAPES[c] ?? '') : text;
}

/** The children of `value` where it is an element with children, else none. */
export function elementOf(value: XmlValue | undefined): XmlObject {
  if (value === undefined || typeof value === 'string') return EMPTY;
  if (Array.isArray(value)) return elementOf(value[0]);
  return value as XmlObject;
}

/** The text of `value`; elements with attributes keep theirs in `#text`. */
export function textOf(value: XmlValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return textOf(value[0]);
  return textOf((value as XmlObject)['#text']);
}

/** `value` as a list: absent is empty, single is one. */
export function listOf(value: XmlValue | undefined): readonly (string | XmlObject)[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as string | XmlObject];
}

const EMPTY: XmlObject = Object.freeze({});

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML 1.0 forbids.
const ESCAPED = /[&<>"\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;
const NEEDS_ESCAPE = new RegExp(ESCAPED.source);
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    const code = name.startsWith('#x')
      ? Number.parseInt(name.slice(2), 16)
      : name.startsWith('#')
        ? Number.parseInt(name.slice(1), 10)
        : undefined;
    if (code !== undefined && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    const known = NAMED[name];
    if (known === undefined || !whole.endsWith(';')) {
      throw new ProtocolError(`The XML uses the unknown entity ${JSON.stringify(whole.slice(0, 20))}.`);
    }
    return known;
  });
}

function checkNesting(text: string): void {
  const open: string[] = [];
  let roots = 0;
  let at = text.indexOf('<');
  if (at < 0) throw malformed('there is no element in it', 0);
  while (at >= 0) {
    const next = text.charCodeAt(at + 1);
    let end: number;
    if (next === 0x21 /* ! */) {
      if (text.startsWith('<!--', at)) end = endOf(text, '-->', at + 4);
      else if (text.startsWith('<![CDATA[', at)) end = endOf(text, ']]>', at + 9);
      else throw malformed('it has a DOCTYPE, which WS-Management forbids', at);
    } else if (next === 0x3f /* ? */) {
      end = endOf(text, '?>', at + 2);
    } else if (next === 0x2f /* / */) {
      end = endOf(text, '>', at + 2);
      const name = text.slice(at + 2, end).trimEnd();
      const expected = open.pop();
      if (name !== expected) {
        throw malformed(`</${name}> closes ${expected === undefined ? 'nothing' : `<${expected}>`}`, at);
      }
    } else {
      end = endOfTag(text, at + 1);
      if (open.length === 0 && ++roots > 1) throw malformed('it has more than one root element', at);
      if (text.charCodeAt(end - 1) !== 0x2f) {
        open.push(nameAt(text, at + 1, end));
        if (open.length > MAX_DEPTH) throw malformed('it is nested too deeply', at);
      }
    }
    at = text.indexOf('<', end);
  }
  if (open.length > 0) throw malformed(`<${open.at(-1)}> is never closed`, text.length);
}

function nameAt(text: string, start: number, end: number): string {
  let stop = start;
  while (stop < end && text.charCodeAt(stop) > 0x20) stop++;
  if (stop === start) throw malformed('a tag has no name', start);
  return text.slice(start, stop);
}

/** Where the tag that begins before `from` ends; a `>` inside quotes does not count. */
function endOfTag(text: string, from: number): number {
  let end = endOf(text, '>', from);
  for (let quote = firstQuote(text, from, end); quote >= 0; ) {
    const close = text.indexOf(text.charAt(quote), quote + 1);
    if (close < 0) throw malformed('an attribute is never closed', quote);
    if (close > end) end = endOf(text, '>', close);
    quote = firstQuote(text, close + 1, end);
  }
  return end;
}

function firstQuote(text: string, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22 || c === 0x27) return i;
  }
  return -1;
}

function endOf(text: string, what: string, from: number): number {
  const end = text.indexOf(what, from);
  if (end < 0) throw malformed(`it ends before ${JSON.stringify(what)}`, text.length);
  return end;
}

function malformed(why: string, offset: number): ProtocolError {
  return new ProtocolError(`The XML is malformed: ${why} (offset ${offset}).`);
}
