/** Packages as the registry would get them, and a registry on loopback for those of the scope `@amtkit`. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** An empty folder, in which npm finds our packages as if they were published. */
export interface Elsewhere extends AsyncDisposable {
  readonly folder: string;
  /** Environment in which npm finds them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the tarball of a package. */
  tarball(name: string): string;
}

interface Packed {
  readonly path: string;
  readonly manifest: { readonly name: string; readonly version: string };
}

/** Packs what is built in these folders. @param folders below the repository, such as `packages/core` */
export async function elsewhere(folders: readonly string[]): Promise<Elsewhere> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-elsewhere-'));
  const shop = await mkdtemp(join(tmpdir(), 'amtkit-packed-'));
  const packed = new Map<string, Packed>();
  for (const each of folders) {
    const target = join(shop, each);
    await mkdir(target, { recursive: true });
    await run('pnpm', ['pack', '--pack-destination', target], { cwd: join(root, each) });
    const [file = ''] = await readdir(target);
    const path = join(target, file);
    const { stdout } = await run('tar', ['-xzOf', path, 'package/package.json']);
    const manifest = JSON.parse(stdout) as Packed['manifest'];
    packed.set(manifest.name, { path, manifest });
  }
  const server = createServer(async (request, response) => {
    const [, name = '', file] = /^\/(@amtkit(?:%2[fF]|\/)[\w-]+)(\/-\/.*)?$/.exec(request.url ?? '') ?? [];
    const found = packed.get(decodeURIComponent(name));
    if (found === undefined) return void response.writeHead(404).end('{}');
    if (file !== undefined) return void response.end(await readFile(found.path));
    const { manifest } = found;
    const tarball = `http://${request.headers.host}/${manifest.name}/-/package.tgz`;
    response.setHeader('content-type', 'application/json');
    const versions = { [manifest.version]: { ...manifest, dist: { tarball } } };
    response.end(JSON.stringify({ name: manifest.name, 'dist-tags': { latest: manifest.version }, versions }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const npmrc = join(shop, 'npmrc');
  await writeFile(
    npmrc,
    `@amtkit:registry=http://127.0.0.1:${port}/\nfund=false\naudit=false\nupdate-notifier=false\n`,
  );
  return {
    folder,
    env: {
      ...process.env,
      npm_config_userconfig: npmrc,
      AMTKIT_CONFIG: undefined,
      AMTKIT_STATE: join(folder, 'state.json'),
    },
    tarball: (name) => {
      const found = packed.get(name);
      if (found === undefined) throw new TypeError(`${name} is not packed.`);
      return found.path;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
      await rm(shop, { recursive: true });
    },
  };
}
