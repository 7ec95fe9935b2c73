/** Debian's amtterm, unmodified, as a process that is talked with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import type { Simulator } from '@amtkit/simulator';
import { expect } from 'vitest';

/** Typed to end amtterm: Ctrl and ]. */
export const ESCAPE = '\u001d';

/** amtterm, with what it printed so far. */
export interface Talk {
  type(text: string): void;
  until(pattern: RegExp): Promise<void>;
  /** All it printed, once it is gone. */
  end(): Promise<string>;
}

/** Starts it, with the password where it looks for it. */
export async function talk({ host, ports }: Simulator, word: string): Promise<Talk> {
  const child = spawn('amtterm', ['-u', 'admin', host, String(ports.redirection)], {
    env: { ...process.env, AMT_PASSWORD: word },
  });
  const closed = once(child, 'close');
  let printed = '';
  let heard = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (text: string) => {
      printed += text;
      heard();
    });
  }
  await once(child, 'spawn');
  return {
    type: (text) => void child.stdin.write(text),
    async until(pattern) {
      // Loaders move the cursor in the middle of words.
      const words = () => stripVTControlCharacters(printed);
      while (!pattern.test(words())) {
        const more = new Promise<'more'>((resolve) => {
          heard = () => resolve('more');
        });
        if ((await Promise.race([more, closed])) !== 'more') break;
      }
      expect(words()).toMatch(pattern);
    },
    async end() {
      await closed;
      return printed;
    },
  };
}
