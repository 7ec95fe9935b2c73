/** A machine book in a folder of its own, for virtual PCs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Book, openBook } from '@amtkit/core/automation';
import type { Simulator } from '@amtkit/simulator';
import { stringify } from 'yaml';
import { password } from './password.ts';

/** The book, and its end. */
export interface TestBook extends AsyncDisposable {
  readonly book: Book;
  readonly path: string;
  /** Writes other machines into it, as an editor would. */
  rewrite(machines: Readonly<Record<string, Simulator>>): Promise<void>;
}

/** A book with these machines by name, in plain where they still speak it. @param more top-level keys in place of what is there */
export async function bookOf(
  machines: Readonly<Record<string, Simulator>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<TestBook> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
  const path = join(folder, 'amtkit.yaml');
  const write = (now: Readonly<Record<string, Simulator>>): Promise<void> =>
    writeFile(path, stringify({ credentials: { lab: { password } }, machines: entriesOf(now), ...more }), {
      mode: 0o600,
    });
  await write(machines);
  return {
    book: await openBook(path),
    path,
    rewrite: write,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function entriesOf(machines: Readonly<Record<string, Simulator>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(machines).map(([name, { host, ports }]) => {
      const plain = { wsman: ports.wsman, redirection: ports.redirection };
      const encrypted = { wsman: ports.wsmanTls, redirection: ports.redirectionTls };
      const isPlain = ports.wsman !== undefined;
      return [name, { host, tls: isPlain ? 'off' : 'on', ports: isPlain ? plain : encrypted, credentials: 'lab' }];
    }),
  );
}
