/** The browser of the person at this computer. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A page that was opened; ending removes what that took. */
export interface OpenedPage extends AsyncDisposable {
  /** Whether a browser was started. */
  readonly opened: boolean;
}

/**
 * Opens an address that holds a secret. Programs are started with words that every user of the computer can read, so the
 * browser is given a file of its owner alone, which leads there.
 */
export async function openPage(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Promise<OpenedPage> {
  const starter = starterOf(env, platform);
  if (starter === undefined) return { opened: false, [Symbol.asyncDispose]: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'amt-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'screen.html');
  const link = address.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  await writeFile(
    file,
    `<!doctype html><meta http-equiv="refresh" content="0; url=${link}"><a href="${link}">Screen</a>\n`,
    {
      mode: 0o600,
    },
  );
  const [program, ...words] = starter;
  const started = await new Promise<boolean>((resolve) => {
    const child = spawn(program, [...words, pathToFileURL(file).href], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
  return { opened: started, [Symbol.asyncDispose]: remove };
}

/** The program that opens what it is given in the browser; undefined where nobody sits at a desktop. */
function starterOf(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] | undefined {
  if (env.CI || env.SSH_CONNECTION) return undefined;
  if (env.BROWSER) return [env.BROWSER];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  if (platform === 'darwin') return ['open'];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
}
