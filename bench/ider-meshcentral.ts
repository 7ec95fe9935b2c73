/**
 * Storage redirection by MeshCentral's module and connection, unchanged. It dials the standard ports, so those of the
 * virtual PC are given to it where it opens sockets. Arguments: doors as JSON, way, image, folder of MeshCentral.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { firstDoor, password, reportUsage, type Way } from './redirection-work.ts';

const [doors = '[]', way = '', image = '', folder = ''] = process.argv.slice(2);
const { host, ports } = firstDoor(doors);
// Where it really lies, for what it needs lies beside it.
const load = createRequire(realpathSync(join(folder, 'package.json')));
const web = { common: load('./common.js') };
const secure = (way as Way) === 'tls';
const server = {
  db: {
    Get: (_id: string, done: (error: null, docs: readonly object[]) => void) =>
      done(null, [{ host, meshid: 'm', intelamt: { user: 'admin', pass: password, tls: secure ? 1 : 0 } }]),
  },
  GetConnectivityState: () => ({ connectivity: 4 }),
  mpsserver: { GetConnectionToNode: () => null },
  certificateOperations: { forge: load('node-forge') },
};
const ider = load('./amt/amt-ider-module.js').CreateAmtRemoteIder(web, {});
if (ider.diskSetup(null, image) !== 0) throw new Error('MeshCentral does not take the image.');
ider.iderStart = 2;
const user = { name: 'somebody', links: { m: { rights: 8 } } };
const connection = load('./amt/amt-redir-mesh.js').CreateAmtRedirect(ider, '', user, web, server);
// A delay on its small writes would be the network's, not its own.
connection.net = {
  Socket: function MeshSocket() {
    const socket = new Socket().setNoDelay(true);
    const dial = socket.connect.bind(socket) as (port: number, address: string, done: () => void) => Socket;
    const connect = (_port: number, address: string, done: () => void) => dial(ports.redirection, address, done);
    return Object.assign(socket, { connect });
  },
};
connection.tls = {
  connect: (_port: number, address: string, options: tls.ConnectionOptions, done: () => void) =>
    tls.connect(ports.redirectionTls, address, options, done).setNoDelay(true),
};
connection.Start('node');
reportUsage();
process.send?.({});
