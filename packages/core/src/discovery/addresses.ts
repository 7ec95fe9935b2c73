/** Sets of IPv4 addresses as sorted spans, so that a /8 costs no more memory than one address. */

/** Addresses from `first` to `last`, both included, as unsigned 32-bit numbers. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** The number of an IPv4 address in dotted form; `undefined` for anything else. Octal look-alikes (`010`) are refused. */
export function parseAddress(text: string): number | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)) {
    return undefined;
  }
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** An address in dotted form. */
export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Sorted spans that neither overlap nor touch, covering the same addresses. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...spans].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/** The addresses of `spans` that are not in `without`. Both sorted and merged; so is the result. */
export function subtractSpans(spans: readonly Span[], without: readonly Span[]): Span[] {
  const left: Span[] = [];
  let at = 0;
  for (const span of spans) {
    let first = span.first;
    while ((without[at]?.last ?? Number.POSITIVE_INFINITY) < first) at++;
    for (let i = at; first <= span.last; i++) {
      const hole = without[i];
      if (hole === undefined || hole.first > span.last) {
        left.push({ first, last: span.last });
        break;
      }
      if (hole.first > first) left.push({ first, last: hole.first - 1 });
      first = Math.max(first, hole.last + 1);
    }
  }
  return left;
}

/** How many addresses merged spans hold. */
export function countOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** A place for every address of a set: number it from 0 up, in order, without a list of them. */
export class AddressIndex {
  readonly spans: readonly Span[];
  /** Number of addresses. */
  readonly count: number;
  /** Addresses in front of each span. */
  readonly #before: readonly number[];

  /** @param spans sorted and merged */
  constructor(spans: readonly Span[]) {
    this.spans = spans;
    let sum = 0;
    this.#before = spans.map(({ first, last }) => {
      const before = sum;
      sum += last - first + 1;
      return before;
    });
    this.count = sum;
  }

  /** The place of an address, or -1 when it is not in the set. */
  indexOf(address: number): number {
    const i = this.#lastAtMost(address, (at) => this.spans[at]?.first);
    const span = this.spans[i];
    if (span === undefined || address > span.last) return -1;
    return (this.#before[i] ?? 0) + address - span.first;
  }

  /** The address at a place. @throws TypeError outside 0 … count - 1 */
  at(index: number): number {
    const i = this.#lastAtMost(index, (at) => this.#before[at]);
    const span = this.spans[i];
    if (span === undefined || index >= this.count) throw new TypeError(`There is no address number ${index}.`);
    return span.first + index - (this.#before[i] ?? 0);
  }

  /** The last place whose key is at most `wanted`; -1 when there is none. */
  #lastAtMost(wanted: number, keyAt: (place: number) => number | undefined): number {
    let low = 0;
    let high = this.spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keyAt(middle) ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
