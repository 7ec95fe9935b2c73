import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AuditEntry, type AuditOptions, openAudit } from './audit.ts';

let folder: string;
let file: string;
const lines: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-audit-'));
  file = join(folder, 'audit', 'audit.jsonl');
  lines.length = 0;
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const entry: AuditEntry = {
  by: 'mqtt',
  machine: 'pc',
  action: 'power.reset',
  transaction: 't1',
  ok: true,
  code: 'OK',
  message: 'pc: Reset: done.',
};

function open(options: Partial<AuditOptions> = {}) {
  const now = () => new Date('2026-02-03T04:05:06Z');
  return openAudit({ file, log: (line) => lines.push(line), now, ...options });
}

async function read(path = file): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
}

describe('An audit', () => {
  test('takes down who did what, when, and what came of it, one line each', async () => {
    const audit = open({ user: 'eve' });
    audit.record(entry);
    audit.record({ ...entry, ok: false, code: 'TIMED_OUT', input: { now: true, picture: Uint8Array.of(1) } });
    await audit.flush();
    expect(await read()).toEqual([
      { at: '2026-02-03T04:05:06.000Z', user: 'eve', ...entry },
      { at: '2026-02-03T04:05:06.000Z', user: 'eve', ...entry, ok: false, code: 'TIMED_OUT', input: { now: true } },
    ]);
    expect(lines).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')(
    'is for its owner only, also when others could read it before',
    async () => {
      await mkdir(join(folder, 'audit'));
      await writeFile(file, '', { mode: 0o644 });
      await chmod(file, 0o644);
      const audit = open();
      audit.record(entry);
      await audit.flush();
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    },
  );

  test('makes no file before there is something to take down', async () => {
    await open().flush();
    expect(await readdir(folder)).toEqual([]);
  });

  test('puts files aside when they have grown, and keeps so many of them', async () => {
    for (let i = 0; i < 8; i++) {
      const audit = open({ maxBytes: 1000, keep: 2 });
      for (let k = 0; k < 10; k++) audit.record({ ...entry, transaction: `${i}-${k}` });
      await audit.flush();
    }
    expect((await readdir(join(folder, 'audit'))).sort()).toEqual(['audit.jsonl.1', 'audit.jsonl.2']);
    const kept = [...(await read(`${file}.2`)), ...(await read(`${file}.1`))].map(({ transaction }) => transaction);
    expect(kept.at(-1)).toBe('7-9');
    expect(kept).toHaveLength(20);
  });

  test('of several writers loses nothing, also while it is put aside', async () => {
    const audits = Array.from({ length: 4 }, () => open({ maxBytes: 20_000, keep: 50 }));
    for (let i = 0; i < 50; i++) {
      for (const [who, audit] of audits.entries()) audit.record({ ...entry, transaction: `${who}-${i}` });
      await Promise.all(audits.map((audit) => audit.flush()));
    }
    const files = await readdir(join(folder, 'audit'));
    const all = await Promise.all(files.map((name) => read(join(folder, 'audit', name))));
    expect(new Set(all.flat().map(({ transaction }) => transaction)).size).toBe(200);
    expect(files.length).toBeGreaterThan(1);
    expect(lines).toEqual([]);
  });

  test('begins a line of its own behind one that was cut off', async () => {
    await mkdir(join(folder, 'audit'));
    await writeFile(file, '{"at":"2026-0');
    const audit = open();
    audit.record(entry);
    await audit.flush();
    expect((await readFile(file, 'utf8')).split('\n').slice(1)).toEqual([expect.stringContaining('power.reset'), '']);
  });

  test('that cannot be written says so once, blocks nobody, and is complete when it can be', async () => {
    await writeFile(join(folder, 'audit'), 'a file, where a folder should be');
    const audit = open();
    for (let i = 0; i < 3; i++) {
      audit.record({ ...entry, transaction: `${i}` });
      await audit.flush();
    }
    expect(lines).toEqual([
      `The audit cannot be written to ${file}: a part of its path is not a folder. It is tried again.`,
    ]);
    await rm(join(folder, 'audit'));
    audit.record({ ...entry, transaction: '3' });
    await audit.flush();
    expect((await read()).map(({ transaction }) => transaction)).toEqual(['0', '1', '2', '3']);
    expect(lines).toHaveLength(2);
  });

  test('counts what it could not keep', async () => {
    await writeFile(join(folder, 'audit'), '');
    const audit = open();
    for (let i = 0; i < 10_005; i++) audit.record(entry);
    await audit.flush();
    await rm(join(folder, 'audit'));
    await audit.flush();
    await audit.flush();
    const all = await read();
    expect(all).toHaveLength(10_001);
    expect(all.at(-1)).toMatchObject({
      by: 'audit',
      action: 'audit.lost',
      message: expect.stringMatching(/^5 entries/),
    });
  });

  test('knows how a reimage ended', async () => {
    const audit = open();
    const about = { type: 'reimage', machine: 'pc', media: 'debian', transaction: 't' } as const;
    const progress = { percent: 0, megabytesPerSecond: 0, sectors: 0, bytes: 0 };
    audit.hear({ ...about, stage: { stage: 'checking', at: new Date(), message: 'looks' } });
    audit.hear({
      ...about,
      stage: { stage: 'failed', at: new Date(), message: 'too late', reason: 'too late', code: 'TIMED_OUT', progress },
    });
    await audit.flush();
    expect(await read()).toMatchObject([
      { machine: 'pc', action: 'reimage', input: { media: 'debian' }, transaction: 't', ok: false, code: 'TIMED_OUT' },
    ]);
  });
});
