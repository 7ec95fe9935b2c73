/**
 * A Node-RED of its own process, for tests: an empty user folder, a free port on loopback, and two doors to its flows.
 * Function nodes say with `global.get('tell')(name, msg)` what comes along a wire; the parent gives messages to nodes.
 */

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

interface Runtime {
  init(server: unknown, settings: unknown): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly httpAdmin: unknown;
  readonly nodes: { getNode(id: string): { receive(msg: unknown): void } | null };
}

const [folder, userDir, modules] = process.argv.slice(2) as [string, string, string];
const require = createRequire(`${modules}/here.js`);
const runtime = require(folder) as Runtime;
const express = createRequire(require.resolve(folder))('express') as () => Record<'use', (...given: unknown[]) => void>;

const app = express();
const server = createServer(app as never);
const say = (what: unknown): void => void process.send?.(what);

runtime.init(server, {
  userDir,
  httpAdminRoot: '/',
  httpNodeRoot: '/',
  flowFile: 'flows.json',
  contextStorage: { default: { module: 'localfilesystem' } },
  credentialSecret: 'a secret of this test',
  functionGlobalContext: { tell: (name: string, msg: unknown) => say({ type: 'told', name, msg }) },
  logging: {
    parent: {
      level: 'info',
      metrics: false,
      audit: false,
      handler: () => (line: { readonly level: number; readonly msg: unknown }) => {
        const { msg } = line;
        say({ type: 'log', level: line.level, text: msg instanceof Error ? (msg.stack ?? msg.message) : String(msg) });
      },
    },
  },
  editorTheme: { tours: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
  telemetry: { enabled: false, updateNotification: false },
});
app.use('/', (runtime as unknown as { httpAdmin: unknown }).httpAdmin);
app.use('/', (runtime as unknown as { httpNode: unknown }).httpNode);

process.on('message', (asked: { readonly type: string; readonly node: string; readonly msg: unknown }) => {
  if (asked.type === 'stop') {
    void runtime.stop().then(() => process.exit(0));
    return;
  }
  const node = runtime.nodes.getNode(asked.node);
  if (node === null) say({ type: 'log', level: 20, text: `There is no node ${asked.node}.` });
  else node.receive(asked.msg);
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', async () => {
  await runtime.start();
  say({ type: 'ready', port: (server.address() as AddressInfo).port });
});
