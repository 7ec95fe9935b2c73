/** The folder of a new plugin, file by file. What stands here builds and passes its test as it is. */
import { readFile } from 'node:fs/promises';

/** Text by path, for a plugin of a name. */
export async function templateOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return {
    'package.json': packageOf(name, version),
    'tsconfig.json': TSCONFIG,
    '.gitignore': 'node_modules/\ndist/\n',
    'README.md': readmeOf(name),
    'src/index.ts': sourceOf(name),
    'src/index.test.ts': TEST,
  };
}

function packageOf(name: string, version: string): string {
  const manifest = {
    name: `amtkit-plugin-${name}`,
    version: '0.1.0',
    description: 'A plugin for amtkit.',
    type: 'module',
    license: 'UNLICENSED',
    keywords: ['amtkit-plugin'],
    // Held against the amtkit that loads it: outside of the range it is not loaded.
    engines: { node: '>=22.19.0', '@amtkit/core': `^${version}` },
    exports: { types: './dist/index.d.ts', default: './dist/index.js' },
    files: ['dist'],
    scripts: {
      build: 'tsc -p .',
      test: 'node --test "src/*.test.ts"',
      prepack: 'npm run build',
    },
    dependencies: { zod: '^4.0.0' },
    peerDependencies: { '@amtkit/core': `^${version}` },
    devDependencies: {
      '@amtkit/core': `^${version}`,
      '@amtkit/simulator': `^${version}`,
      '@types/node': '^22.19.0',
      typescript: '>=5.9',
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "module": "nodenext",
    "lib": ["es2023", "esnext.disposable"],
    "types": ["node"],
    "strict": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "rewriteRelativeImportExtensions": true,
    "declaration": true,
    "skipLibCheck": true,
    "rootDir": "src",
    "outDir": "dist"
  },
  "include": ["src"],
  "exclude": ["src/**/*.test.ts"]
}
`;

function sourceOf(name: string): string {
  return `import { definePlugin } from '@amtkit/core/automation';
import { z } from 'zod';

/** Refuses to switch machines off between two hours. Take it as a beginning. */
export default definePlugin({
  name: '${name}',

  options: z.strictObject({
    /** Hours of the day, 0 to 23. */
    from: z.number().int().min(0).max(23),
    to: z.number().int().min(0).max(23),
  }),

  setup({ surface, log }, { from, to }) {
    if (surface !== 'cli') log(\`nothing is switched off between \${from} and \${to} o'clock\`);
  },

  beforeAction({ effect }, { options: { from, to } }) {
    if (effect === 'harmless') return;
    const hour = new Date().getHours();
    const isQuiet = from <= to ? hour >= from && hour < to : hour >= from || hour < to;
    if (isQuiet) return { veto: \`quiet hours until \${to} o'clock\` };
  },
});
`;
}

const TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFleet } from '@amtkit/core/automation';
import { createSimulator } from '@amtkit/simulator';
import plugin from './index.ts';

/** A virtual PC in a fleet with the plugin. */
async function withPc(options: object, work: (fleet: Awaited<ReturnType<typeof createFleet>>) => Promise<void>) {
  const fleet = await createFleet({ plugins: [{ plugin, options }], poll: false });
  const pc = await createSimulator({ password: 'P@ssw0rd1', speed: 0 });
  try {
    const { host, ports } = pc;
    await fleet.add({ name: 'pc', host, ports, password: 'P@ssw0rd1', tls: 'off' });
    await work(fleet);
  } finally {
    await fleet.close();
    await pc.close();
  }
}

test('refuses to switch off in quiet hours, and says why', async () => {
  const hour = new Date().getHours();
  await withPc({ from: hour, to: (hour + 2) % 24 }, async (fleet) => {
    await assert.rejects(fleet.run('pc', 'power.off'), /refused by .*: quiet hours until/);
  });
});

test('lets everything through at other times', async () => {
  const hour = new Date().getHours();
  await withPc({ from: (hour + 2) % 24, to: (hour + 4) % 24 }, async (fleet) => {
    await fleet.run('pc', 'power.on', undefined, { wait: true });
    assert.equal(await fleet.read('pc', 'power.state'), 'on');
  });
});

test('says which option is wrong', async () => {
  await assert.rejects(withPc({ from: 25, to: 7 }, async () => {}), /options\\.from .* must be at most 23/);
});
`;

function readmeOf(name: string): string {
  return `# amtkit-plugin-${name}

A plugin for [amtkit](https://www.npmjs.com/package/@amtkit/cli). In the machine book:

\`\`\`yaml
plugins:
  - use: amtkit-plugin-${name}
    options: { from: 22, to: 6 }
    machines: ["@lab"]
\`\`\`

| Option | What it is |
|---|---|
| \`from\`, \`to\` | Between these hours nothing is switched off. |

\`npm test\` tries it on a virtual PC; \`npm run build\` makes \`dist\`; \`amt plugin ls\` says whether it can run.
While you work on it, the book may name the source itself: \`use: ./amtkit-plugin-${name}/src/index.ts\`.
`;
}
