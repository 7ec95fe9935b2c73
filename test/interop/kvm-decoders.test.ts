/**
 * Other people's screens, unmodified: what they paint is what the PC shows. Both run in browsers behind a relay that logs in
 * for them; our own log-in plays it.
 */
import { connect } from '@amtkit/core';
import type { ByteStream } from '@amtkit/core/streams';
import { meshcentralDesktop, needs, peersFolder } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { difference, type Picture } from '../support/same-picture.ts';
import { screenPc } from '../support/screen-pc.ts';
import { toolkitDesktop } from './toolkit-desktop.ts';

const password = 'P@ssw0rd1';

/** A decoder. */
interface Decoder {
  /** What it paints. */
  readonly picture: Picture;
  receive(chunk: Uint8Array): void;
}

/** Makes one. @param send takes what it says */
type Make = (bits: 8 | 16, send: (bytes: Uint8Array) => void) => Decoder;

describe.each([
  { name: "MeshCentral's page", make: pageOfMeshCentral },
  { name: 'the ui-toolkit', make: uiToolkit },
])('$name', { timeout: 60_000, ...needs('peers') }, ({ make }) => {
  const endings: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function looking(bits: 8 | 16, [width, height]: readonly [number, number] = [1366, 768]) {
    const { hardware, screen } = screenPc(width, height);
    const simulator = await createSimulator({ profile: 'amt-12', password, hardware, quirks: { kvmFrameMs: 0 } });
    endings.push(() => simulator.close());
    const machine = await connect({ host: simulator.host, ports: simulator.ports, password, tls: 'off' });
    endings.push(() => machine.close());
    const stream = await machine.redirect('kvm');
    endings.push(() => stream.close());
    const say = (bytes: Uint8Array) => void stream.write(bytes).catch(() => {});
    const decoder = make(bits, say);
    say(Uint8Array.of(0x40, 0, 0, 0, 0, 0, 0, 0));
    void feed(stream, decoder).catch(() => {});
    return { screen, say, seen: () => difference(decoder.picture, screen.picture, bits) };
  }

  /** Waits until every pixel is seen. */
  const whole = async (seen: () => string | undefined) => {
    await expect.poll(seen, { timeout: 20_000, interval: 50 }).toBeUndefined();
  };

  it.each([16, 8] as const)('paints what the PC shows, first and later, at %i bits', async (bits) => {
    const { screen, seen } = await looking(bits);
    await whole(seen);
    screen.paint(5);
    await whole(seen);
    screen.fill({ x: 300, y: 300, width: 99, height: 1 }, 0xffffff);
    await whole(seen);
  });

  it('follows the screen into another mode and back', async () => {
    const { screen, seen } = await looking(16, [720, 400]);
    await whole(seen);
    screen.resize(1024, 768);
    await whole(seen);
    screen.resize(720, 400);
    await whole(seen);
  });

  it('types and points', async () => {
    const { screen, say, seen } = await looking(16, [720, 400]);
    await whole(seen);
    say(Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 0x61, 4, 0, 0, 0, 0, 0, 0, 0x61, 5, 1, 0, 9, 0, 7));
    await expect.poll(() => screen.input).toEqual(['+04', '-04', '9,7 1']);
  });
});

/** What the firmware says, to a decoder. The reply that opens the channel is for the relay. */
async function feed(stream: ByteStream, decoder: Decoder): Promise<void> {
  let reply = 8;
  for await (const chunk of stream) {
    const rest = chunk.subarray(reply);
    reply = Math.max(0, reply - chunk.length);
    if (rest.length > 0) decoder.receive(rest);
  }
}

function pageOfMeshCentral(...[bits, send]: Parameters<Make>): Decoder {
  const page = meshcentralDesktop(peersFolder() ?? '', { bpp: bits === 16 ? 2 : 1 });
  const receive = (chunk: Uint8Array) => {
    page.receive(chunk);
    const said = page.takeSent();
    if (said.length > 0) send(said);
  };
  return { picture: page, receive };
}

function uiToolkit(...[bits, send]: Parameters<Make>): Decoder {
  const desktop = toolkitDesktop(peersFolder() ?? '', bits === 16 ? 2 : 1, send);
  return { picture: desktop.canvas, receive: (chunk) => desktop.receive(chunk) };
}
