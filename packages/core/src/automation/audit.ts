/**
 * Who did what, when, and what came of it: one line of JSON for every action, changed setting and reimage, and for what
 * else a surface reports. Never a secret: inputs come without them.
 *
 * The file is for its owner only, and several processes may write it. Nobody waits for it: what cannot be written is
 * kept for a while and tried again with the next entry, and the log says so once.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import { whileLocked } from '../book/lock.ts';
import { makeFolderOf, troubleOf } from '../book/private-file.ts';
import { type LogSink, logOf } from '../log.ts';
import type { FleetChange } from './changes.ts';

/** One thing that was done, or tried. */
export interface AuditEntry {
  /** Who asked: `cli`, `mqtt`, `plugin:NAME`. */
  readonly by: string;
  /** Account behind that, where it is known. @default the audit's own */
  readonly user?: string | undefined;
  readonly machine?: string | undefined;
  /** Id of an action or setting, or what else was done, such as `bridge.permit`. */
  readonly action: string;
  readonly effect?: string | undefined;
  /** Without secrets. */
  readonly input?: unknown;
  readonly transaction?: string | undefined;
  /** The plugin whose hook began it. */
  readonly cause?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly ok: boolean;
  /** `OK`, or the stable word of an error. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  readonly ms?: number | undefined;
}

/** Where it is kept. */
export interface AuditOptions {
  readonly file: string;
  /** A file that has grown to so much is put aside. @default 10 MiB */
  readonly maxBytes?: number;
  /** How many are kept aside: `FILE.1` is the newest of them. @default 5 */
  readonly keep?: number;
  /** Name of the person at the keyboard, where there is one. */
  readonly user?: string;
  readonly log?: LogSink;
  readonly now?: () => Date;
}

/** The audit. */
export interface Audit {
  /** Writes soon. Never throws. */
  record(entry: AuditEntry): void;
  /** Records how a reimage ended, which its action did not wait for. */
  hear(change: FleetChange): void;
  /** Resolves when what was recorded is written, or could not be. */
  flush(): Promise<void>;
}

/** An audit; its file is made with the first entry. */
export function openAudit(options: AuditOptions): Audit {
  const { file, maxBytes = 10 * 1024 * 1024, keep = 5, user, now = () => new Date() } = options;
  const log = logOf(options.log);
  let waiting: string[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;
  let isBroken = false;
  /** The file may end within a line: of an earlier process, or of a disk that was full. */
  let mayBeTorn = true;

  function record(entry: AuditEntry): void {
    if (waiting.length >= MOST_WAITING) {
      lost++;
      return;
    }
    const { by, user: account = user, ...what } = entry;
    waiting.push(`${JSON.stringify({ at: now().toISOString(), by, user: account, ...what }, withoutBytes)}\n`);
    writing ??= write();
  }

  async function write(): Promise<void> {
    // What comes in the same moment goes with it.
    await Promise.resolve();
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      try {
        await append(lines.join(''));
        told();
      } catch (error) {
        waiting = [...lines, ...waiting].slice(0, MOST_WAITING);
        mayBeTorn = true;
        if (!isBroken) log.error(`The audit cannot be written to ${file}: ${troubleOf(error)}. It is tried again.`);
        isBroken = true;
        break;
      }
    }
    writing = undefined;
  }

  function told(): void {
    if (isBroken) log(`The audit is written to ${file} again${lost === 0 ? '' : `; ${lost} entries were lost`}.`);
    isBroken = false;
    if (lost === 0) return;
    const message = `${lost} entries could not be written and were lost.`;
    lost = 0;
    record({ by: 'audit', action: 'audit.lost', ok: false, code: 'LOST', message });
  }

  async function append(text: string): Promise<void> {
    await makeFolderOf(file);
    const handle = await open(file, 'a+', 0o600);
    let size: number;
    try {
      const before = await handle.stat();
      if ((before.mode & 0o077) !== 0 && process.platform !== 'win32') await handle.chmod(0o600);
      const torn = mayBeTorn && before.size > 0 && !(await endsWithLine(handle, before.size));
      await handle.appendFile(torn ? `\n${text}` : text);
      mayBeTorn = false;
      size = (await handle.stat()).size;
    } finally {
      await handle.close();
    }
    if (size >= maxBytes) await rotate();
  }

  /** By one process; the others find that it is done. */
  async function rotate(): Promise<void> {
    await whileLocked(file, async () => {
      const found = await stat(file).catch(() => undefined);
      if (found === undefined || found.size < maxBytes) return;
      await rm(`${file}.${keep}`, { force: true });
      for (let i = keep - 1; i > 0; i--) await rename(`${file}.${i}`, `${file}.${i + 1}`).catch(ifThere);
      if (keep === 0) await rm(file, { force: true });
      else await rename(file, `${file}.1`);
    }).catch((error) => log.warn(`The audit ${file} cannot be put aside, and grows: ${troubleOf(error)}.`));
  }

  return {
    record,
    hear(change) {
      if (change.type !== 'reimage') return;
      const { machine, media, transaction, stage } = change;
      if (stage.stage !== 'finished' && stage.stage !== 'failed') return;
      const ok = stage.stage === 'finished';
      const code = stage.stage === 'failed' ? stage.code : 'OK';
      const what = { machine, action: 'reimage', input: { media }, transaction };
      record({ by: 'reimage', ...what, ok, code, message: stage.message });
    },
    async flush() {
      await writing;
      if (waiting.length === 0) return;
      writing ??= write();
      await writing;
    },
  };
}

/** Entries that wait for a disk that cannot be written. */
const MOST_WAITING = 10_000;

async function endsWithLine(
  handle: { read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<unknown> },
  size: number,
): Promise<boolean> {
  const last = new Uint8Array(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function withoutBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? undefined : value;
}
