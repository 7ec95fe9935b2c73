/** One thread: what is asked of it and answered, whether it still lives, and how it ended. */
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { type Description, type FromWorker, type ToWorker, thrown } from './worker-messages.ts';

/** A thread that was started. */
export interface Thread {
  /** What its plugin says of itself. */
  readonly described: Promise<Description>;
  post(message: ToWorker): void;
  /** @throws Error: what the plugin threw, or why there is no answer */
  ask(message: Question): Promise<unknown>;
  end(): Promise<void>;
}

/** A message that is answered, but for its number. */
export type Question =
  Extract<ToWorker, { readonly type: 'check' | 'setup' | 'call' | 'stop' }> extends infer Each
    ? Each extends unknown
      ? Omit<Each, 'id'>
      : never
    : never;

/** How a thread is started, and who is told. */
export interface ThreadOptions {
  readonly data: unknown;
  readonly pingMs: number;
  readonly deafPings: number;
  hear(message: FromWorker): void;
  /** A line that the plugin printed. */
  printed(line: string): void;
  /** Once, also after `end`. */
  ended(why: string): void;
}

/** What a plugin may use of the memory, mebibytes. */
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

/** Sources run as they are, and find core's sources. */
const isSource = import.meta.url.endsWith('.ts');

/** Starts one. It keeps the process alive only while somebody waits for it. */
export function startThread({ data, pingMs, deafPings, hear, printed, ended }: ThreadOptions): Thread {
  const worker = new Worker(new URL(`./worker-main.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    workerData: data,
    resourceLimits: LIMITS,
    stdout: true,
    stderr: true,
    ...(isSource ? { execArgv: ['--conditions=source'] } : {}),
  });
  for (const stream of [worker.stdout, worker.stderr]) createInterface({ input: stream }).on('line', printed);
  const waiting = new Map<number, Asker<unknown>>();
  const description = asker<Description>();
  description.promise.catch(() => {});
  let asked = 0;
  let unanswered = 0;
  let why: string | undefined;
  const pinging = setInterval(() => {
    if (unanswered++ < deafPings) return worker.postMessage({ type: 'ping' } satisfies ToWorker);
    why ??= `it did not answer for ${(pingMs * deafPings) / 1000} s`;
    void worker.terminate();
  }, pingMs);
  pinging.unref();

  const rest = (): void => {
    if (waiting.size === 0) worker.unref();
  };

  worker.on('message', (message: FromWorker) => {
    unanswered = 0;
    switch (message.type) {
      case 'described':
        description.resolve(message);
        return rest();
      case 'wrong':
        return description.reject(new Error(message.text));
      case 'answer': {
        const found = waiting.get(message.id);
        waiting.delete(message.id);
        rest();
        if (message.error !== undefined) found?.reject(thrown(message.error));
        else found?.resolve(message.value);
        return;
      }
      default:
        hear(message);
    }
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    why ??=
      error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needed too much memory' : `it threw: ${error.message ?? error}`;
  });
  worker.on('messageerror', (error) => printed(error.message));
  const over = new Promise<void>((resolve) => {
    worker.on('exit', (status) => {
      clearInterval(pinging);
      why ??= `it exited with ${status}`;
      const error = new Error(`its worker ended: ${why}`);
      description.reject(error);
      for (const each of waiting.values()) each.reject(error);
      waiting.clear();
      ended(why);
      resolve();
    });
  });

  return {
    described: description.promise,
    post: (message) => worker.postMessage(message),
    ask(message) {
      const id = ++asked;
      const answer = asker<unknown>();
      worker.postMessage({ ...message, id });
      worker.ref();
      waiting.set(id, answer);
      return answer.promise;
    },
    async end() {
      why ??= 'it was ended';
      await worker.terminate();
      await over;
    },
  };
}

/** Somebody who waits. */
interface Asker<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function asker<T>(): Asker<T> {
  let resolve: Asker<T>['resolve'] = () => {};
  let reject: Asker<T>['reject'] = () => {};
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
