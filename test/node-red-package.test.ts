/** The palette as people get it: packed, installed with npm into an empty user folder, and held against the rules of its kind. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needs } from '@amtkit/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FlowNode, NodeRed, nodeRedVersions } from './support/node-red.ts';

const run = promisify(execFile);
const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** Nodes that Node-RED has loaded from one file. */
interface NodeSet {
  readonly module: string;
  readonly types: readonly string[];
  readonly err?: string;
}

let folder: string;
const tarballs: string[] = [];
/** What is in the tarball. */
let unpacked: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amtkit-packed-'));
  for (const name of ['core', 'node-red-nodes']) {
    const { stdout } = await run('pnpm', ['pack', '--pack-destination', folder, '--json'], {
      cwd: join(packages, name),
    });
    tarballs.push((JSON.parse(stdout) as { readonly filename: string }).filename);
  }
  const into = join(folder, 'unpacked');
  await mkdir(into);
  await run('tar', ['-xzf', tarballs[1] as string, '-C', into]);
  unpacked = join(into, 'package');
}, 120_000);

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

interface Manifest {
  readonly name: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly repository?: unknown;
  readonly bugs?: unknown;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly 'node-red': { readonly version: string; readonly nodes: Readonly<Record<string, string>> };
}

const manifest = () => JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Manifest;
const examples = (): [string, FlowNode[]][] =>
  readdirSync(join(unpacked, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(readFileSync(join(unpacked, 'examples', name), 'utf8')) as FlowNode[]]);

describe('The packed palette', () => {
  it('keeps the rules for its kind: licence, where to report, name, keyword, versions, dependencies', () => {
    const { name, license, keywords, repository, bugs, engines, dependencies, 'node-red': red } = manifest();
    expect(license).toBe('Apache-2.0'); // P01
    expect(repository ?? bugs).toBeDefined(); // P03
    expect(name).toMatch(/^@[a-z]+\/node-red-[a-z-]+$/); // P04
    expect(keywords).toContain('node-red'); // P05
    expect(red.version).toBe('>=4.1.0'); // P06
    // P07: never an older Node than the oldest Node-RED that is supported; 4.1 asks for 18.5.
    expect(engines.node).toMatch(/^>=(22|24)\./);
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(6); // D01
    expect(JSON.stringify(dependencies)).not.toMatch(/workspace:|catalog:|file:|link:/);
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(manifest().scripts ?? {}).not.toHaveProperty(hook);
    expect(existsSync(join(unpacked, 'LICENSE'))).toBe(true);
    expect(existsSync(join(unpacked, 'README.md'))).toBe(true);
  });

  it('has for each node a program, a dialog with help, words, and an icon', () => {
    for (const [type, file] of Object.entries(manifest()['node-red'].nodes)) {
      const place = join(unpacked, dirname(file));
      const html = readFileSync(join(place, `${type}.html`), 'utf8');
      expect(existsSync(join(unpacked, file))).toBe(true);
      expect(html).toContain(`data-template-name="${type}"`);
      expect(html).toContain(`data-help-name="${type}"`);
      expect(existsSync(join(place, 'locales', 'en-US', `${type}.json`))).toBe(true);
      const [, icon] = /icon: '([^']+\.svg)'/.exec(html) ?? [];
      if (icon === undefined) expect(html).toContain("category: 'config'");
      else expect(existsSync(join(place, 'icons', icon))).toBe(true);
    }
  });

  it('has examples for every node, without credentials and absolute hosts', () => {
    const types = new Set(examples().flatMap(([, nodes]) => nodes.map(({ type }) => type)));
    expect([...types]).toEqual(expect.arrayContaining(Object.keys(manifest()['node-red'].nodes))); // N02
    for (const [name, nodes] of examples()) {
      const text = JSON.stringify(nodes);
      expect([name, text]).toEqual([
        name,
        expect.not.stringMatching(/"(credentials|password)"|\b\d{1,3}(\.\d{1,3}){3}\b(?!\/)/),
      ]);
      expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    }
  });
});

describe.each(nodeRedVersions)('%s', needs('peers'), (version) => {
  it('takes it from npm into an empty user folder, loads it without a warning, and knows every node of its examples', async () => {
    const userDir = join(folder, version);
    await mkdir(userDir);
    await writeFile(join(userDir, 'package.json'), '{"name": "node-red-project", "version": "0.0.1", "private": true}');
    const { stderr } = await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], {
      cwd: userDir,
    });
    expect(stderr).not.toMatch(/warn/i);
    await using nodeRed = await NodeRed.start(version, { userDir });
    const sets = (await (
      await nodeRed.admin('/nodes', { headers: { Accept: 'application/json' } })
    ).json()) as NodeSet[];
    const ours = sets.filter(({ module }) => module === '@amtkit/node-red-amt');
    expect(ours.flatMap(({ types }) => types).sort()).toEqual(Object.keys(manifest()['node-red'].nodes).sort());
    expect(ours.filter(({ err }) => err !== undefined)).toEqual([]);
    expect(nodeRed.complaints).toEqual([]);
    const known = new Set([...sets.flatMap(({ types }) => types), 'tab', 'group', 'subflow']);
    for (const [name, nodes] of examples()) {
      expect([name, nodes.filter(({ type }) => !known.has(type))]).toEqual([name, []]);
    }
    const offered = await (await nodeRed.admin('/library/examples/flows/@amtkit/node-red-amt/')).json();
    expect(JSON.stringify(offered)).toContain('Reimage on trigger');
    for (const path of ['resources/@amtkit/node-red-amt/amt-editor.js', 'icons/@amtkit/node-red-amt/amt-power.svg']) {
      expect((await nodeRed.admin(`/${path}`)).status).toBe(200);
    }
  }, 120_000);
});
