/** HTTP replies byte by byte as firmware writes them: header order, chunk sizes, capital letters. */
import type { Firmware } from '../firmware.ts';

/** One reply. */
export interface HttpReply {
  readonly status: number;
  /** In the order they are sent. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** How the body goes out; pages have a length, SOAP comes in chunks. */
  readonly framing: 'length' | 'chunks' | 'one-chunk' | 'headers-only';
  /** Whether the connection ends behind it. */
  readonly close: boolean;
}

/** A reply as bytes. */
export function encodeReply(reply: HttpReply): Uint8Array {
  const { status, headers, framing, close } = reply;
  const body = encoder.encode(reply.body);
  const lines = [`HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}`, ...headers.map((pair) => pair.join(': '))];
  if (framing === 'length') lines.push(`Content-Length: ${body.length}`);
  else if (framing !== 'headers-only') lines.push('Transfer-Encoding: chunked');
  if (close) lines.push('Connection: close');
  const head = encoder.encode(`${lines.join('\r\n')}\r\n\r\n`);
  if (framing === 'length' || framing === 'headers-only') return join([head, body]);
  return join([head, ...chunksOf(body, framing === 'one-chunk' ? body.length : FIRST_CHUNK), LAST_CHUNK]);
}

/** The headers in front of SOAP, in the order of recordings. */
export function soapHeaders(firmware: Firmware): [string, string][] {
  const { quirks } = firmware;
  return [
    ['Date', new Date(firmware.seconds() * 1000).toUTCString()],
    ...serverHeader(firmware),
    ...(quirks.frameOptions ? [['X-Frame-Options', 'DENY'] as [string, string]] : []),
    ['Content-Type', quirks.contentType],
  ];
}

/** The header that says what answers here, where this firmware says it. */
export function serverHeader({ profile, quirks }: Firmware): [string, string][] {
  const { product, version, build } = profile;
  switch (quirks.serverHeader) {
    case 'none':
      return [];
    case 'bare':
      return [['Server', 'AMT']];
    case 'full':
      return [['Server', `Intel(R) ${product} ${version}`]];
    case 'full4':
      return [['Server', `Intel(R) ${product} ${version}.${build}`]];
  }
}

/** Bytes one after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const encoder = new TextEncoder();
const LAST_CHUNK = encoder.encode('0\r\n\r\n');
/** Observed (15.0.23): 544 bytes, then 762 each. */
const FIRST_CHUNK = 0x220;
const NEXT_CHUNK = 0x2fa;

const REASONS: Record<number, string> = {
  200: 'OK',
  303: 'See Other',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

function chunksOf(body: Uint8Array, first: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0, size = first; at < body.length; at += size, size = at === first ? NEXT_CHUNK : size) {
    const piece = body.subarray(at, at + size);
    parts.push(encoder.encode(`${piece.length.toString(16).toUpperCase().padStart(4, '0')}\r\n`), piece, CRLF);
  }
  return parts;
}

const CRLF = encoder.encode('\r\n');
