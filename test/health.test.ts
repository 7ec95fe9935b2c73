/** A bridge over virtual PCs, as Prometheus sees it. */
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator } from '@amtkit/simulator';
import { afterEach, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { listen } from './support/mqtt.ts';
import { password } from './support/scenario.ts';
import { screenPc } from './support/screen-pc.ts';

vi.setConfig({ testTimeout: 30_000 });

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  opened.push(thing);
  return thing;
}

it('the metrics count polls, round trips, and bytes of sessions', async () => {
  const simulator = keep(await createSimulator({ speed: 0, password, hardware: screenPc(320, 200).hardware }));
  const gone = keep(await createSimulator({ speed: 0, password }));
  const settings = { broker: { embedded: { port: 0 } }, http: { port: 0 } };
  const shelf = keep(await bookOf({ pc: simulator, gone }, { bridge: settings }));
  await gone.close();
  const patience = { pollMs: 50, offlinePollMs: 50 };
  const bridge = keep(await createBridge({ book: shelf.book, fleetOptions: { patience, timeoutMs: 1000 } }));
  const ear = keep(await listen(bridge.brokerUrl));
  await ear.sees('amtkit/pc/features/kvm', 'ON');
  await ear.say('amtkit/pc/do/screen/shot');
  await ear.json('amtkit/pc/result', ({ ok }) => ok === true);

  const metrics = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await (await fetch(`${bridge.healthUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  };
  await expect.poll(async () => (await metrics()).get('amtkit_polls_total{outcome="failed"}')).toBeGreaterThan(0);
  const now = await metrics();
  expect(now.get('amtkit_polls_total{outcome="ok"}')).toBeGreaterThan(0);
  expect(now.get('amtkit_round_trip_seconds_count')).toBeGreaterThan(10);
  expect(now.get('amtkit_round_trip_seconds_sum')).toBeGreaterThan(0);
  // The whole screen came once at least: 320 by 200 in two bytes each, or packed.
  expect(now.get('amtkit_session_bytes_total{service="kvm",direction="received"}')).toBeGreaterThan(1000);
  expect(now.get('amtkit_session_bytes_total{service="kvm",direction="sent"}')).toBeGreaterThan(100);
  expect(now.get('amtkit_sessions{service="kvm"}')).toBe(0);
  expect(now.get('amtkit_picture_bytes_total')).toBeGreaterThan(1000);
  expect(now.get('amtkit_commands_total{code="OK"}')).toBe(1);
  expect(now.get('amtkit_machines{reachability="offline"}')).toBe(1);
});
