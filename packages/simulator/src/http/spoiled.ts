/** Replies that are wrong on purpose. */
import { encodeReply, type HttpReply, join } from './reply.ts';

/** What can be wrong with the bytes of a reply; see the faults of answers. */
export type Spoiled = 'malformed' | 'truncated' | 'doctype' | 'huge';

/** The reply, spoiled: as a reply where HTTP is still right, as bytes before a closed connection where it is not. */
export function spoiledReply(reply: HttpReply, how: Spoiled): HttpReply | Uint8Array {
  switch (how) {
    case 'malformed':
      // The end of an element is missing, everything else is there.
      return { ...reply, body: reply.body.replace(/<\/(\w+:\w+)><\/a:Body>/, '</a:Body>') };
    case 'doctype':
      return { ...reply, body: reply.body.replace('?>', '?><!DOCTYPE a [<!ENTITY b "c">]>') };
    case 'truncated':
      return halved(encodeReply({ ...reply, framing: 'chunks', close: false }));
    case 'huge':
      return huge(reply);
  }
}

/** Ends inside a chunk. */
function halved(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor((bytes.length * 3) / 4));
}

const HUGE = 50_000_000;

/** An endless value in front of the right end: 50 MB, all of it sent. */
function huge(reply: HttpReply): Uint8Array {
  const [head = '', tail = ''] = reply.body.split('</a:Body>');
  const marker = 'FILLER';
  const bytes = encodeReply({
    ...reply,
    body: `${head}<g:x>${marker}</g:x></a:Body>${tail}`,
    framing: 'length',
    close: true,
  });
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(marker);
  const before = Buffer.from(bytes.subarray(0, at)).toString('latin1');
  const length = Number(/Content-Length: (\d+)/.exec(before)?.[1]);
  const grown = before.replace(/Content-Length: \d+/, `Content-Length: ${length - marker.length + HUGE}`);
  return join([Buffer.from(grown, 'latin1'), new Uint8Array(HUGE).fill(0x78), bytes.subarray(at + marker.length)]);
}
