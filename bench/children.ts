/** Processes of a benchmark: started with a channel to talk over, asked, and ended. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Starts a file of this folder in a process of its own. */
export function startChild(file: string, args: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, file), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The next message of a child. @throws Error when it ends before, or does not start */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  return await new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}.`));
    child.once('exit', gone);
    child.once('error', reject);
    child.once('message', (message) => {
      child.off('exit', gone);
      child.off('error', reject);
      resolve(message as T);
    });
  });
}

/** Sends, and waits for the answer. @throws Error with what the child says went wrong */
export async function askChild<T>(child: ChildProcess, question: object | string): Promise<T> {
  const answer = nextMessage<T & { readonly error?: string }>(child);
  child.send(question);
  const told = await answer;
  if (told.error !== undefined) throw new Error(told.error);
  return told;
}

/** Lets a child end and waits until it has. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}

/**
 * Runs a file of this folder in a network of its own whose packets are as long as on Ethernet, and reads the JSON it
 * prints. On loopback as it is, packets have 64 KiB, and every client looks alike.
 */
export async function runInOwnNetwork<T>(file: string, args: readonly string[] = []): Promise<T> {
  const program = [process.execPath, ...process.execArgv, join(import.meta.dirname, file), ...args];
  const quoted = program.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('unshare', ['--net', 'sh', '-c', `ip link set lo up mtu 1500 && exec ${quoted}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} ended with ${code} in its own network; that takes root and iproute2.`);
  return JSON.parse(out) as T;
}
