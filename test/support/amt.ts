/** The command line as a person uses it: every call a process of its own, with a book and a state of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** How a process ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

/** What surrounds one call. */
export interface CallOptions {
  /** Written to stdin, which ends behind it. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A command of the shell that follows at the same terminal. */
  readonly after?: string;
}

/** Calls of `amt` that share a book and a state. */
export class Amt implements AsyncDisposable {
  readonly folder: string;
  readonly book: string;
  readonly state: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.book = join(folder, 'amtkit.yaml');
    this.state = join(folder, 'state.json');
  }

  static async open(): Promise<Amt> {
    return new Amt(await mkdtemp(join(tmpdir(), 'amt-test-')));
  }

  /** Runs a command line to its end. */
  async run(line: string | readonly string[], options: CallOptions = {}): Promise<Ended> {
    const running = this.start(line, options);
    running.child.stdin?.end(options.input ?? '');
    return await running.ended;
  }

  /** The one document of `--json`. */
  async json(
    line: string,
    options: CallOptions = {},
  ): Promise<{ results: readonly Record<string, unknown>[] } & Ended> {
    const ended = await this.run(`${line} --json`, options);
    return { ...ended, ...(JSON.parse(ended.stdout) as { results: readonly Record<string, unknown>[] }) };
  }

  /** Starts a command line and leaves stdin open. */
  start(line: string | readonly string[], { env = {}, cwd = this.folder }: CallOptions = {}): Running {
    const words = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
    return this.#follow(
      spawn(process.execPath, ['--conditions=source', program, ...words], { cwd, env: this.#env(env), stdio: 'pipe' }),
    );
  }

  /** Starts a command line at a terminal with so many columns. What is written to stdin is typed. */
  startInTerminal(line: string, columns = 80, { env = {}, after }: CallOptions = {}): Running {
    const call = `'${process.execPath}' --conditions=source '${program}' ${line}`;
    // The shell gets Ctrl-C as well, and some end by it: this one has something left to do.
    const rest = after === undefined ? `exec ${call}` : `trap : INT; ${call}; ${after}`;
    const command = `stty cols ${columns} rows 24; ${rest}`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...this.#env({ TERM: 'xterm', ...env }), CI: '' },
      stdio: 'pipe',
    });
    return this.#follow(terminal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all([...this.#running].map((child) => once(child, 'close')));
    await rm(this.folder, { recursive: true, force: true });
  }

  #env(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { AMT_PASSWORD: _, FORCE_COLOR: __, NO_COLOR: ___, ...env } = process.env;
    return { ...env, HOME: this.folder, AMTKIT_CONFIG: this.book, AMTKIT_STATE: this.state, ...more };
  }

  #follow(child: ChildProcess): Running {
    const said = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    child.stdin?.on('error', () => {});
    this.#running.add(child);
    const ended = once(child, 'close').then(([status, signal]) => {
      this.#running.delete(child);
      return { status: status as number | null, signal: signal as NodeJS.Signals | null, ...said };
    });
    return { child, said, ended };
  }
}
