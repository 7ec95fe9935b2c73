/** A process that dies while it reimages a PC: the next bridge says so. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openState } from '@amtkit/core/automation';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Amt } from './support/amt.ts';
import { bookOf, type TestBook } from './support/book.ts';
import { installerCd, pretendPc } from './support/installer.ts';
import { listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 60_000 });

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

async function bridgeOver(shelf: TestBook, amt: Amt) {
  const state = await openState(amt.state);
  const bridge = keep(await createBridge({ book: shelf.book, state }));
  const ear = keep(await listen(bridge.brokerUrl));
  return { bridge, ear };
}

describe('A reimage whose process was killed', () => {
  it('is told as interrupted by the next bridge, once, and retained as failed', async () => {
    const simulator = keep(await createSimulator({ speed: 0, password, hardware: pretendPc() }));
    const settings = { bridge: { broker: { embedded: { port: 0 } }, audit: { file: 'audit.jsonl' } } };
    const shelf = keep(await bookOf({ pc: simulator }, settings));
    const amt = keep(await Amt.open());
    const iso = join(amt.folder, 'installer.iso');
    // It waits for a key that nobody presses.
    await writeFile(iso, installerCd('poweroff', 'print Press a key\npause'));
    const doomed = amt.start(`reimage pc --iso ${iso} --yes --jsonl`, { env: { AMTKIT_CONFIG: shelf.path } });
    await expect.poll(() => doomed.said.stdout + doomed.said.stderr, { timeout: 30_000 }).toContain('"reading"');
    doomed.child.kill('SIGKILL');
    await doomed.ended;

    const first = await bridgeOver(shelf, amt);
    await first.ear.sees('amtkit/pc/reimage/stage', 'failed');
    await using late = await listen(first.bridge.brokerUrl);
    await late.sees('amtkit/pc/reimage/stage', 'failed');
    expect(await late.sees('amtkit/pc/reimage/message')).toMatch(
      /^The reimage of pc from .*installer\.iso, begun .* UTC, was interrupted: /,
    );
    await first.bridge.close();

    const second = await bridgeOver(shelf, amt);
    await second.ear.sees('amtkit/pc/reimage/stage', 'none');
    await second.bridge.close();
    const audit = await readFile(join(dirname(shelf.path), 'audit.jsonl'), 'utf8');
    const told = audit
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.map(({ by, action, code }) => `${by} ${action} ${code}`)).toEqual([
      'cli reimage.start OK',
      'reimage reimage INTERRUPTED',
    ]);
  });
});
