/** MeshCentral's range scanner, unmodified: the ping of a client that pings port 623 only, so inside a namespace. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { needs } from '@amtkit/core/testing';
import { expect, it } from 'vitest';

/** It listens for some seconds, however soon everybody has answered. */
const patience = { timeout: 60_000 };

it("MeshCentral's scanner finds virtual PCs of both version encodings", {
  ...needs('peers', 'netns'),
  ...patience,
}, () => {
  const program = fileURLToPath(new URL('./meshcentral-scanner.main.ts', import.meta.url));
  const inside = `ip link set lo up && exec "${process.execPath}" --conditions=source "${program}"`;
  const { stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', inside], { encoding: 'utf8', ...patience });
  const line = stdout.split('\n').find((each) => each.startsWith('{'));
  expect(line, stderr).toBeDefined();
  const found = JSON.parse(line as string) as Record<string, { ver: string; tls: number; state: number }>;
  expect(Object.keys(found).sort()).toEqual(['127.0.0.2', '127.0.0.3']);
  expect(found['127.0.0.2']).toMatchObject({ ver: '12.0', state: 2 });
  // From 16 on the version does not fit where this scanner looks; it reads 0.0, and that is its reading.
  expect(found['127.0.0.3']).toMatchObject({ ver: '0.0', tls: 1, state: 2 });
});
