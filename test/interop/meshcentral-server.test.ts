/** The whole MeshCentral server, unmodified, managing virtual PCs added by their addresses. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs } from '@amtkit/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What the server does to each PC. */
const MANAGED = [
  'the PC is added by its address',
  'it is found by its presence',
  'its version is read',
  'its realm, control mode and power are read',
  'its hardware is read',
  'it is switched on',
  'it is reset',
  'it is reset to BIOS setup',
  'it is switched off',
];

const STEPS = [
  'the server runs',
  'a device group for machines without an agent',
  ...['plain', 'TLS'].flatMap((how) => MANAGED.map((name) => `${how}: ${name}`)),
];

interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly evidence: unknown;
}

describe('The MeshCentral server', needs('peers', 'netns'), () => {
  let folder: string;
  let steps: Step[] = [];
  let problem = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amtkit-meshcentral-'));
    const program = fileURLToPath(new URL('./meshcentral-server.main.ts', import.meta.url));
    const inside = `ip link set lo up && exec "${process.execPath}" --conditions=source "${program}" "${folder}"`;
    const child = spawn('unshare', ['--net', 'sh', '-c', inside], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      problem += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    steps = out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Step);
  }, 600_000);

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it.each(STEPS)('%s', (name) => {
    const found = steps.find(({ step }) => step === name);
    expect(found, problem).toMatchObject({ ok: true });
  });
});
