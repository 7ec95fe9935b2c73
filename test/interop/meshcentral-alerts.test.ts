/** MeshCentral's own calls for alerts, unmodified: it subscribes, is told what happens, reads that, and unsubscribes. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { needs, peersFolder } from '@amtkit/core/testing';
import { createSimulator } from '@amtkit/simulator';
import { expect, it, vi } from 'vitest';

type Done = (stack: unknown, name: string, reply: unknown, status: number) => void;
type Item = Readonly<Record<string, unknown>>;

interface Stack {
  Subscribe(
    name: string,
    delivery: string,
    url: string,
    done: Done,
    tag: unknown,
    priority: number,
    selectors: object,
    opaque: string,
    user: string | null,
    password: string | null,
  ): void;
  UnSubscribe(name: string, done: Done, tag: unknown, priority: number, selectors: object): void;
  Enum(name: string, done: (stack: unknown, name: string, items: readonly Item[] | null, status: number) => void): void;
}

const load = () => createRequire(join(peersFolder() ?? '', 'meshcentral', 'package.json'));

it.each([
  { way: 'plain', tls: 0, mode: 'PushWithAck' },
  { way: 'TLS', tls: 1, mode: 'Push' },
] as const)(
  'subscribes over $way, hears of an event by $mode, and unsubscribes',
  needs('peers'),
  async ({ tls, mode }) => {
    await using simulator = await createSimulator({ profile: 'amt-12', password: 'P@ssw0rd1', speed: 0, power: 'on' });
    const port = tls === 1 ? simulator.ports.wsmanTls : simulator.ports.wsman;
    const comm = load()('./amt/amt-wsman-comm.js')(simulator.host, port, 'admin', 'P@ssw0rd1', tls, null);
    comm.xtlsFingerprint = 0;
    const stack: Stack = load()('./amt/amt.js')(load()('./amt/amt-wsman.js')(comm));
    const list = (name: string) =>
      new Promise<readonly Item[]>((resolve) => stack.Enum(name, (_s, _n, items) => resolve(items ?? [])));
    const server = createServer();
    const posted = once(server, 'request');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/amtevents.ashx`;
    try {
      const [group] = await list('CIM_FilterCollection');
      const selectors = { InstanceID: group?.InstanceID };
      const subscribed = await new Promise<number>((resolve) =>
        stack.Subscribe(
          'CIM_FilterCollection',
          mode,
          url,
          (_s, _n, _r, status) => resolve(status),
          null,
          1,
          selectors,
          'id',
          null,
          null,
        ),
      );
      expect(subscribed).toBe(200);
      expect((await list('CIM_ListenerDestinationWSManagement')).map(({ Destination }) => Destination)).toEqual([url]);

      simulator.raise('case-opened');
      const [request, reply] = await posted;
      const body = await text(request);
      reply.writeHead(200).end();
      // What its server looks for to know which machine it is; its subscriptions leave it empty.
      expect(body).toContain('<m:arg xmlns:m="http://x.com"></m:arg>');
      const silent = vi.spyOn(console, 'log').mockImplementation(() => {});
      const read = load()('./amtevents.js').CreateAmtEventsHandler({}).handleAmtEvent(body, 'aabbccdd', '127.0.0.1');
      silent.mockRestore();
      // Of the properties it keeps no more than the names.
      expect(read).toMatchObject({
        Header: { Action: 'http://schemas.dmtf.org/wbem/wsman/1/wsman/Event', Method: 'CIM_AlertIndication' },
        Body: { MessageID: {}, IndicationFilterName: {}, PerceivedSeverity: {} },
      });

      const [subscription] = await list('CIM_FilterCollectionSubscription');
      const { Filter, Handler } = subscription ?? {};
      const unsubscribed = await new Promise<number>((resolve) =>
        stack.UnSubscribe('CIM_FilterCollectionSubscription', (_s, _n, _r, status) => resolve(status), null, 1, {
          Filter,
          Handler,
        }),
      );
      expect(unsubscribed).toBe(200);
      expect(simulator.firmware.state.subscriptions).toEqual([]);
    } finally {
      comm.socket?.destroy();
      server.closeAllConnections();
      server.close();
    }
  },
);
