/**
 * XML as WS-Management needs it: text in, plain objects out, and escaping for the way back. [XML §2]
 *
 * Elements become properties named by their local name (prefixes are the sender's whim), repeated elements become
 * arrays, attributes are properties beginning with `@`, text beside them is `#text`. Values stay text; white space around
 * them is dropped, and so are declarations of namespaces.
 *
 * Read by hand, in one pass: what is not well-formed, declares a document type or uses an entity of its own is refused
 * while it is read. A general reader costs more than everything else of a call together.
 */
import { ProtocolError } from '../errors.ts';

/** An element: text where it holds nothing else, an object otherwise, an array where it is repeated. */
export type XmlValue = string | XmlObject | readonly (string | XmlObject)[];

/** The children and attributes of one element. */
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

/** Deeper documents than this are refused. Firmware stays below 15. */
const MAX_DEPTH = 64;

/**
 * The document as an object with one property, its root element.
 * @throws ProtocolError when it is not well-formed, has a DOCTYPE, or uses an unknown entity.
 */
export function parseXml(text: string): XmlObject {
  return new Reader(text).document();
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
  if (!text.includes('&')) return text;
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

/** The content of an element while it is read. */
type Content = Record<string, string | XmlObject | (string | XmlObject)[]>;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlObject {
    let root: Content | undefined;
    for (;;) {
      const next = this.#text.indexOf('<', this.#at);
      if (
        this.#text
          .slice(this.#at, next < 0 ? undefined : next)
          .replace(/^\ufeff/, '')
          .trim() !== ''
      ) {
        throw malformed('there is text outside of its root element', this.#at);
      }
      if (next < 0) break;
      this.#at = next;
      if (this.#skipped() !== undefined) continue;
      if (root !== undefined) throw malformed('it has more than one root element', next);
      root = {};
      this.#element(root, 1);
    }
    if (root === undefined) throw malformed('there is no element in it', this.#text.length);
    return root;
  }

  /** The element that begins here, added to what its parent holds. */
  #element(parent: Content, depth: number): void {
    const text = this.#text;
    const start = this.#at;
    if (depth > MAX_DEPTH) throw malformed('it is nested too deeply', start);
    const tag = this.#name(start + 1);
    if (tag === '') throw malformed('a tag has no name', start);
    let content: Content | undefined;
    let closed = false;
    if (text.charCodeAt(this.#at) === GT) {
      this.#at++;
    } else {
      const attributes: Content = {};
      closed = this.#attributes(attributes);
      if (Object.keys(attributes).length > 0) content = attributes;
    }
    let characters = '';
    while (!closed) {
      const next = text.indexOf('<', this.#at);
      if (next < 0) throw malformed(`<${tag}> is never closed`, text.length);
      if (next > this.#at) characters += unescapeXml(text.slice(this.#at, next));
      this.#at = next;
      if (text.charCodeAt(next + 1) === SLASH) {
        this.#close(tag);
        closed = true;
        continue;
      }
      const data = this.#skipped();
      if (data !== undefined) {
        characters += data;
        continue;
      }
      content ??= {};
      this.#element(content, depth + 1);
    }
    characters = characters.trim();
    if (content !== undefined && characters !== '') content['#text'] = characters;
    add(parent, localName(tag, start), content ?? characters);
  }

  #close(tag: string): void {
    const text = this.#text;
    const start = this.#at;
    const name = this.#name(start + 2);
    if (name !== tag) throw malformed(`</${name}> closes <${tag}>`, start);
    this.#blank();
    if (text.charCodeAt(this.#at) !== GT) throw malformed(`</${name} has no end`, start);
    this.#at++;
  }

  /** Attributes up to the end of the tag. Returns whether that closes the element, too. */
  #attributes(into: Content): boolean {
    const text = this.#text;
    for (;;) {
      this.#blank();
      const start = this.#at;
      const c = text.charCodeAt(start);
      if (c === GT) {
        this.#at++;
        return false;
      }
      if (c === SLASH && text.charCodeAt(start + 1) === GT) {
        this.#at += 2;
        return true;
      }
      const name = this.#name(start);
      this.#blank();
      if (text.charCodeAt(this.#at) !== EQUALS) throw malformed(`the attribute ${name} has no value`, start);
      this.#at++;
      this.#blank();
      const quote = text.charAt(this.#at);
      const end = quote === '"' || quote === "'" ? text.indexOf(quote, this.#at + 1) : -1;
      if (end < 0) throw malformed('an attribute is never closed', start);
      const from = this.#at + 1;
      this.#at = end + 1;
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
      const value = text.slice(from, end);
      if (value.includes('<')) throw malformed(`the attribute ${name} holds a <`, start);
      into[`@${localName(name, start)}`] = unescapeXml(value);
    }
  }

  /** Passes over what is no element: comments and instructions. Their text, which only CDATA has; nothing for elements. */
  #skipped(): string | undefined {
    const text = this.#text;
    const start = this.#at;
    const next = text.charCodeAt(start + 1);
    if (next === QUESTION) return this.#until('?>', start + 2, '');
    if (next !== EXCLAMATION) return undefined;
    if (text.startsWith('<!--', start)) return this.#until('-->', start + 4, '');
    if (text.startsWith('<![CDATA[', start)) return this.#until(']]>', start + 9, undefined);
    throw malformed('it has a DOCTYPE, which WS-Management forbids', start);
  }

  /** @param meaning of what stands before the end; itself when `undefined` */
  #until(end: string, from: number, meaning: string | undefined): string {
    const at = this.#text.indexOf(end, from);
    if (at < 0) throw malformed(`it ends before ${JSON.stringify(end)}`, this.#text.length);
    this.#at = at + end.length;
    return meaning ?? this.#text.slice(from, at);
  }

  /** The name that begins at `start`, prefix included. */
  #name(start: number): string {
    const text = this.#text;
    let end = start;
    for (; end < text.length; end++) {
      const c = text.charCodeAt(end);
      if (c <= SPACE || c === GT || c === SLASH || c === EQUALS) break;
    }
    this.#at = end;
    return text.slice(start, end);
  }

  #blank(): void {
    while (this.#text.charCodeAt(this.#at) <= SPACE) this.#at++;
  }
}

const SPACE = 0x20;
const EXCLAMATION = 0x21;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const GT = 0x3e;
const QUESTION = 0x3f;

/** Names that were read, without their prefixes: replies say the same few over and over. */
const localNames = new Map<string, string>();
const MANY_NAMES = 5_000;

/** @throws ProtocolError when it is no name */
function localName(name: string, offset: number): string {
  let local = localNames.get(name);
  if (local === undefined) {
    if (!/^[\p{L}_][\p{L}\p{N}\p{M}._-]*(:[\p{L}_][\p{L}\p{N}\p{M}._-]*)?$/u.test(name) || name.endsWith('__proto__')) {
      throw malformed(`${JSON.stringify(name.slice(0, 20))} is no name`, offset);
    }
    local = name.slice(name.indexOf(':') + 1);
    if (localNames.size === MANY_NAMES) localNames.clear();
    localNames.set(name, local);
  }
  return local;
}

/** Adds a child. What was there may also be a method that every object has. */
function add(parent: Content, name: string, value: string | XmlObject): void {
  const before = parent[name];
  if (before === undefined || typeof before === 'function') parent[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else parent[name] = [before, value];
}

function malformed(why: string, offset: number): ProtocolError {
  return new ProtocolError(`The XML is malformed: ${why} (offset ${offset}).`);
}
