/** The files of the page, as they were built, and the headers that every answer has. */
import { readdir, readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page. */
export interface Page {
  readonly type: string;
  readonly body: Uint8Array;
}

/** Built files lie there for the sources and for what was built of them. */
const folder = fileURLToPath(new URL('../../dist/app/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/plain; charset=utf-8',
};

/** Every file by its path; nothing else is ever served. @throws Error where they were not built */
export async function loadPages(): Promise<ReadonlyMap<string, Page>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const pages = new Map<string, Page>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    pages.set(`/${name.replaceAll('\\', '/')}`, { type, body: await readFile(join(folder, name)) });
  }
  const index = pages.get('/index.html');
  if (index === undefined) throw new TypeError('The page of the viewer is not built: run npm run build.');
  return pages.set('/', index);
}

/** Headers of every answer at this address (`127.0.0.1:4711`): nothing from elsewhere, in no frame, kept nowhere. */
export function safeHeaders(host: string): OutgoingHttpHeaders {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      `connect-src 'self' ws://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
}
