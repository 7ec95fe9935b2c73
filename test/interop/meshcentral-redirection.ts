/**
 * MeshCentral's redirection connection, unmodified, with the little of its server that it asks for: a device in a
 * database, a route to it, and arithmetic from its own files.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { peersFolder } from '@amtkit/core/testing';
import type { Simulator } from '@amtkit/simulator';

/** A service behind the connection, as MeshCentral's modules are. */
export interface MeshModule {
  readonly protocol: number;
  parent?: MeshConnection;
  xxStateChange(state: number): void;
}

/** One connection. States: 0 closed, 1 connecting, 2 connected, 3 in service. */
export interface MeshConnection {
  State: number;
  Start(node: string): void;
  Stop(): void;
  xxSend(bytes: unknown): void;
  onStateChanged: ((connection: MeshConnection, state: number) => void) | null;
}

/** MeshCentral's storage redirection. `sectorStats` hears of every read. */
export interface MeshIder extends MeshModule {
  iderStart: 0 | 1 | 2;
  bytesToAmt: number;
  bytesFromAmt: number;
  sectorStats: ((mode: number, device: number, total: number, start?: number, count?: number) => void) | null;
  diskSetup(floppy: string | null, cd: string | null): number;
}

/** Its storage module, with images attached. 0, 1, 2: at the next start, when nothing is under way, now. */
export function meshIder(images: { readonly cd?: string; readonly floppy?: string }, start: 0 | 1 | 2): MeshIder {
  const load = loader();
  const ider: MeshIder = load('./amt/amt-ider-module.js').CreateAmtRemoteIder({ common: load('./common.js') }, {});
  const problem = ider.diskSetup(images.floppy ?? null, images.cd ?? null);
  if (problem !== 0) throw new Error(`MeshCentral does not take these images: ${problem}`);
  ider.iderStart = start;
  return ider;
}

/** Connects a module to a virtual PC that listens on the standard ports: MeshCentral knows no others. */
export function meshConnect(
  module: MeshModule,
  { host }: Simulator,
  { tls, password }: { readonly tls: boolean; readonly password: string },
): MeshConnection {
  const load = loader();
  const device = { host, meshid: 'mesh//1', intelamt: { user: 'admin', pass: password, tls: tls ? 1 : 0 } };
  const server = {
    db: { Get: (_id: string, done: (error: null, docs: readonly object[]) => void) => done(null, [device]) },
    GetConnectivityState: () => ({ connectivity: 4 }),
    mpsserver: { GetConnectionToNode: () => null },
    certificateOperations: { forge: load('node-forge') },
  };
  const user = { name: 'somebody', links: { 'mesh//1': { rights: 8 } } };
  const web = { common: load('./common.js') };
  const connection: MeshConnection = load('./amt/amt-redir-mesh.js').CreateAmtRedirect(module, '', user, web, server);
  connection.Start('node//1');
  return connection;
}

/** Ends a connection. What a read still under way brings has nowhere to go then, which MeshCentral does not expect. */
export function meshStop(connection: MeshConnection | undefined): void {
  if (connection === undefined) return;
  connection.xxSend = () => {};
  connection.Stop();
}

/** A loopback address of this process alone, where the standard ports are free. */
export function ownAddress(place: number): string {
  return `127.${100 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 250}.${place}`;
}

function loader(): NodeJS.Require {
  // Where it really lies, for what it needs lies beside it.
  return createRequire(realpathSync(join(peersFolder() ?? '', 'meshcentral', 'package.json')));
}
