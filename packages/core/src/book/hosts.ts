/** Where a machine is: a name or an address, and ports where they are not the standard ones. */
import { isIP, isIPv4 } from 'node:net';

/** A host with the ports that were written behind it. */
export interface HostAndPorts {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly ports?: { readonly wsman?: number; readonly redirection?: number };
}

/**
 * Takes `host`, `host:wsman`, `host:wsman:redirection` apart; IPv6 addresses with ports stand in brackets.
 * @throws TypeError with a sentence about what is wrong
 */
export function parseHost(text: string): HostAndPorts {
  const typed = text.trim();
  if (isIP(withoutZone(typed)) === 6) return { host: typed };
  const [, bracketed, plain, behind = ''] = /^(?:\[([^\]]*)\]|([^:]*))((?::.*)?)$/.exec(typed) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new TypeError(`${JSON.stringify(typed)} is neither a host name nor an address.`);
  const wrong = bracketed === undefined ? whyNoHost(host) : whyNoIpv6(host);
  if (wrong !== undefined) throw new TypeError(`${wrong}.`);
  const [wsman, redirection, ...more] = behind === '' ? [] : behind.slice(1).split(':');
  if (more.length > 0) throw new TypeError(`${typed} has more than two ports: write host:wsman:redirection.`);
  if (wsman === undefined) return { host };
  const ports = {
    wsman: port(wsman, typed),
    ...(redirection === undefined ? {} : { redirection: port(redirection, typed) }),
  };
  return { host, ports };
}

/** Why the text cannot be a host without ports, as the beginning of a sentence; undefined when it can. */
export function whyNoHost(text: string): string | undefined {
  if (text === '') return 'the host is empty';
  if (isIP(withoutZone(text)) !== 0) return undefined;
  if (text.includes('://')) return `${text} is a URL: only the name or address in it belongs here`;
  if (/^[^:]*:\d+(:\d+)?$/.test(text)) return `${text} has a port in it: ports stand under ports`;
  if (/^[\d.]+$/.test(text)) return `${text} is not an address: that takes four numbers from 0 to 255`;
  const labels = text.replace(/\.$/, '').split('.');
  const valid = text.length <= 253 && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  return valid ? undefined : `${JSON.stringify(text)} is neither a host name nor an address`;
}

/** `host:port` as one writes it: an IPv6 address gets its brackets. */
export function hostWithPorts(host: string, ...ports: readonly (number | undefined)[]): string {
  const given = ports.filter((number) => number !== undefined);
  if (given.length === 0) return host;
  return [isIP(withoutZone(host)) === 6 ? `[${host}]` : host, ...given].join(':');
}

/** Whether only this computer can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function whyNoIpv6(text: string): string | undefined {
  return isIP(withoutZone(text)) === 6 ? undefined : `[${text}] is not an IPv6 address`;
}

function port(text: string, whole: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 65_535) return number;
  throw new TypeError(`${whole} has no usable port: behind the colon stands 1 to 65535.`);
}

function withoutZone(address: string): string {
  return address.replace(/%[^%]+$/, '');
}
