/** A person looks for machines. */
import { connect, discover } from '@amtkit/core';
import { createSimulator } from '@amtkit/simulator';
import { describe, expect, it } from 'vitest';
import { reach } from './support/scenario.ts';

describe('A scan', () => {
  it.each([
    ['amt-12', '12.0', true],
    ['amt-16', '16.1', false],
    ['amt-7', '7.1', true],
  ] as const)('finds %s by its presence, with its version', async (profile, version, plain) => {
    await using simulator = await createSimulator({ profile, speed: 0 });
    const found = [];
    for await (const each of discover(simulator.host, {
      port: simulator.ports.rmcp as number,
      tcp: false,
      tailMs: 300,
    })) {
      found.push(each);
    }
    expect(found).toMatchObject([{ address: simulator.host, version, state: 'configured', via: 'rmcp' }]);
    expect(found[0]?.port).toBe(plain ? 16992 : 16993);
  });

  it('finds by the web server what does not answer pings', async () => {
    await using simulator = await createSimulator({ speed: 0 });
    await using machine = await connect({ ...reach(simulator), tls: 'off' });
    await machine.network.setPing({ rmcp: false });
    const found = [];
    const wsmanPorts = { http: simulator.ports.wsman as number, https: simulator.ports.wsmanTls as number };
    const options = { port: simulator.ports.rmcp as number, tcp: true, wsmanPorts, tailMs: 300 };
    for await (const each of discover(simulator.host, options)) found.push(each);
    expect(found).toMatchObject([{ address: simulator.host, product: 'amt' }]);
  });
});
