/**
 * What a person types to say where machines may be.
 *
 *     targets  := item { (',' | ';' | blank | newline) item }      `#` begins a comment, to the end of the line
 *     item     := ['!'] ( cidr | range | octets | address | name ) [':' port]      `!` leaves addresses out
 *     cidr     := address '/' ( 0…32 | 255.255.255.0 )             network and broadcast address are skipped
 *     range    := address '-' ( address | last octet )
 *     octets   := part '.' part '.' part '.' part                  part is a number, `from-to` or `*`
 *
 * Every typing error gets a sentence; none becomes a range nobody meant.
 */
import { InvalidRange, MAX_ADDRESSES, parseNumeric, tooMany } from './address-forms.ts';
import { AddressIndex, countOf, mergeSpans, parseAddress, type Span, subtractSpans } from './addresses.ts';

/** A name, or an IPv6 address: something the system's resolver turns into addresses. */
export interface HostTarget {
  readonly host: string;
  /** Port of WS-Management, when it was typed. */
  readonly port?: number;
}

/** Where to look: addresses, counted and in order, and names yet to be resolved. */
export interface AddressSet {
  /** Number of IPv4 addresses; names are not among them. */
  readonly count: number;
  /** Sorted, disjoint. */
  readonly spans: readonly Span[];
  readonly hosts: readonly HostTarget[];
  /** Every address as an unsigned number, in order, made while iterating. */
  addresses(): IterableIterator<number>;
  /** The WS-Management port typed with an address. */
  portOf(address: number): number | undefined;
}

/** How far a range may go. */
export interface RangeOptions {
  /** Accept more than 262,144 addresses. @default false */
  readonly allowHuge?: boolean;
}

/** The addresses a text names. @throws InvalidRange with a sentence about the first item that is wrong */
export function parseRange(text: string, options: RangeOptions = {}): AddressSet {
  const items = itemsOf(text).map((item) => parseItem(item, options.allowHuge ?? false));
  if (items.length === 0) throw new InvalidRange('No address was given. Write one, such as 192.168.1.0/24.');
  const excluded = mergeSpans(items.flatMap((item) => (item.exclude ? item.spans : [])));
  const spans = subtractSpans(mergeSpans(items.flatMap((item) => (item.exclude ? [] : item.spans))), excluded);
  const hosts = [...new Map(items.flatMap((item) => (item.host ? [[item.host.host, item.host]] : []))).values()];
  const count = countOf(spans);
  if (count + hosts.length === 0) throw new InvalidRange('The exclusions leave no address to scan.');
  if (count > MAX_ADDRESSES && !options.allowHuge) throw tooMany(items.length === 1 ? text.trim() : 'The range', count);
  const ports = items.filter((item) => item.port !== undefined && !item.host);
  return {
    count,
    spans,
    hosts,
    *addresses() {
      for (const { first, last } of spans) for (let address = first; address <= last; address++) yield address;
    },
    portOf: (address) => ports.find(({ spans }) => new AddressIndex(spans).indexOf(address) >= 0)?.port,
  };
}

interface Item {
  readonly exclude: boolean;
  /** Sorted, disjoint. */
  readonly spans: readonly Span[];
  readonly host?: HostTarget;
  readonly port?: number;
}

function parseItem(text: string, allowHuge: boolean): Item {
  if (text.includes('://')) throw new InvalidRange(`${text} is a URL: write only the address or name in it.`);
  const exclude = text.startsWith('!');
  const { body, port } = splitPort(exclude ? text.slice(1) : text);
  const typed = /^[\d.*/-]+$/.test(body) ? parseNumeric(body, allowHuge) : undefined;
  if (typed === undefined) {
    if (exclude) throw new InvalidRange(`Only addresses can be left out, and ${body} is a name.`);
    const host = { host: hostName(body), ...(port !== undefined && { port }) };
    return { exclude, spans: [], host };
  }
  const asksForLoopback = typed.ends.some((address) => address >>> 24 === 127);
  const spans = subtractSpans(typed.spans, asksForLoopback ? UNUSABLE : UNUSABLE_OR_LOOPBACK);
  if (spans.length === 0) throw new InvalidRange(`${body} holds no address that a machine can have.`);
  return { exclude, spans, ...(port !== undefined && { port }) };
}

/** The port behind the last colon; an IPv6 address has it behind brackets. */
function splitPort(text: string): { readonly body: string; readonly port?: number } {
  const [, body, digits] = /^([^:]+|\[[^\]]+\]):([^:]*)$/.exec(text) ?? [];
  if (body === undefined || digits === undefined) return { body: text };
  const port = Number(digits);
  if (!/^\d+$/.test(digits) || port < 1 || port > 65_535) {
    throw new InvalidRange(`${text} has no usable port: behind the colon stands 1 to 65535.`);
  }
  return { body, port };
}

function hostName(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (bare.includes(':')) {
    if (URL.canParse(`http://[${bare.replace(/%.*$/, '')}]/`)) return bare;
    throw new InvalidRange(`${text} is neither an IPv6 address nor a name.`);
  }
  if (/^\d+\.\d+\.\d+\./.test(text)) throw new InvalidRange(`${text} is not an address: 192.168.1.* takes them all.`);
  const labels = text.replace(/\.$/, '').split('.');
  const valid = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) && text.length <= 253;
  if (!valid) throw new InvalidRange(`${text} is neither an address nor the name of a machine.`);
  return text;
}

function itemsOf(text: string): string[] {
  return text
    .replace(/#.*$/gm, '')
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/(?<=\d\.\d+)[ \t]*-[ \t]*(?=\d)/g, '-')
    .replace(/![ \t]+/g, '!')
    .split(/[,;\s]+/)
    .filter((item) => item !== '');
}

function between(first: string, last: string): Span {
  return { first: parseAddress(first) ?? 0, last: parseAddress(last) ?? 0 };
}

/** "This network", and multicast with what lies behind it: never the address of one machine. [RFC 6890] */
const UNUSABLE: readonly Span[] = [between('0.0.0.0', '0.255.255.255'), between('224.0.0.0', '255.255.255.255')];

/** Left out as well unless loopback is what was typed. */
const UNUSABLE_OR_LOOPBACK: readonly Span[] = mergeSpans([...UNUSABLE, between('127.0.0.0', '127.255.255.255')]);
