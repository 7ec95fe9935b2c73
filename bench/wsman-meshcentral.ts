/**
 * The WS-Man benchmark's work by MeshCentral's stack, unchanged, decoded into whatever its reader makes of the XML.
 * Arguments: folder of MeshCentral, host, port, `tls` or `plain`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { MANY, password, work } from './wsman-work.ts';

type Done<T> = (stack: unknown, name: string, reply: T | null, status: number) => void;

/** What is used of it. */
interface Stack {
  Get(name: string, done: Done<{ readonly Body: object }>): void;
  Enum(name: string, done: Done<readonly object[]>): void;
}

const [folder = '', host = '', port = '', way = ''] = process.argv.slice(2);
const load = createRequire(join(folder, 'package.json'));
const comm = load('./amt/amt-wsman-comm.js')(host, Number(port), 'admin', password, way === 'tls' ? 1 : 0, null);
// What its server sets: 0 accepts any certificate.
comm.xtlsFingerprint = 0;
const stack: Stack = load('./amt/amt.js')(load('./amt/amt-wsman.js')(comm));

await work({
  get: (name) => new Promise((resolve) => stack.Get(name, (_stack, _name, reply) => resolve(reply?.Body))),
  enumerate: () => new Promise((resolve) => stack.Enum(MANY, (_stack, _name, items) => resolve(items?.length ?? 0))),
});
comm.destroy();
process.disconnect();
