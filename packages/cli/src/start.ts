/** Runs the program in this process: signals, broken pipes, and the end. */
import type { Interruption } from './app.ts';
import { exits } from './exit.ts';
import { quitOnBrokenPipe } from './output.ts';
import { run } from './program.ts';

/** Runs the words behind `amt`, and ends the process when everything that was printed has left. */
export async function start(words: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  quitOnBrokenPipe(stdout, stderr, () => process.exit(0));
  process.on('uncaughtException', (error) => {
    stderr.write(`amt: ${error.message}\n     ${exits[1].advice}\n`);
    process.exit(1);
  });
  const interrupt = new AbortController();
  const onSignal = (status: Interruption['status']) => (): void => {
    if (interrupt.signal.aborted) {
      // Whatever stood on the line does not stay beside the prompt of the shell.
      if (stderr.isTTY) stderr.write('\r\u001b[K');
      process.exit(status);
    }
    interrupt.abort({ status } satisfies Interruption);
  };
  process.on('SIGINT', onSignal(130));
  process.on('SIGTERM', onSignal(143));
  // What waits for a machine may hold no handle of its own; the process lives until the command has ended.
  const alive = setInterval(() => {}, 2 ** 30);
  const status = await run(words, { stdin, stdout, stderr, env, signal: interrupt.signal });
  clearInterval(alive);
  process.exit(status);
}
