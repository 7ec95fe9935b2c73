/**
 * Who may import whom, as tables, and the check that holds every import of the repository against them.
 * Arrows between packages never go back; inside core a file imports from its own folder or from a lower floor.
 */

import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Rules, violations } from './arrows.ts';
import { sourceFiles } from './sources.ts';

/** The tables. Paths are patterns below the repository; in lists the first match counts. */
export const rules: Rules = {
  /** What a folder may use of other packages. `lazily`: only by `import()`, or as types. `tests`: test files, too. */
  packages: [
    { files: 'packages/core/**', may: [], tests: ['@amtkit/core/testing'] },
    {
      files: 'packages/simulator/**',
      may: ['@amtkit/core/wire', '@amtkit/core/streams'],
      tests: ['@amtkit/core/testing'],
    },
    {
      files: 'packages/mqtt-bridge/**',
      may: ['@amtkit/core', '@amtkit/core/automation'],
      tests: ['@amtkit/core/testing'],
    },
    {
      files: 'packages/node-red-nodes/**',
      may: ['@amtkit/core', '@amtkit/core/automation'],
      tests: ['@amtkit/core/testing'],
    },
    {
      files: 'packages/web/src/app/**',
      may: ['@amtkit/core/wire', '@amtkit/core/protocols'],
      tests: ['@amtkit/core/testing'],
    },
    {
      files: 'packages/web/**',
      may: ['@amtkit/core', '@amtkit/core/automation', '@amtkit/core/protocols'],
      tests: ['@amtkit/core/testing'],
    },
    {
      files: 'packages/cli/**',
      may: ['@amtkit/core', '@amtkit/core/automation', '@amtkit/core/protocols', '@amtkit/core/wire'],
      lazily: ['@amtkit/simulator', '@amtkit/mqtt-bridge', '@amtkit/web'],
      tests: ['@amtkit/core/testing'],
    },
    { files: '{test,bench,examples,scripts}/**', may: ['@amtkit/**'] },
  ],

  /** Core from the ground up: a file may use its own folder and every floor listed before its own. */
  core: 'packages/core/src',
  floors: [
    { floor: 0, files: ['{errors,log}.ts'] },
    { floor: 0, files: ['bytes/**'] },
    {
      floor: 1,
      files: [
        'redirection/**/messages.ts',
        'redirection/**/encodings/**',
        'auth/**',
        'discovery/{rmcp,range,addresses,address-forms}.ts',
        'events/{alert-event,ber,pet,record,event-text}.ts',
        'events/{audit,audit-names,audit-detail}.ts',
        'redirection/session/refusals.ts',
        'redirection/ider/{scsi,replies,configuration,mode-pages,image}.ts',
        'redirection/kvm/{chords,coverage,damage,extensions,framebuffer,inflate,keysyms,pointer}.ts',
        'redirection/kvm/layouts/**',
        'transport/{stream,faulty,trace}.ts',
        'wsman/{xml,envelope,fault,class,references,pt-status}.ts',
        'wsman/classes/**',
      ],
    },
    // What viewers get is made of what the firmware sends.
    { floor: 1, files: ['vnc/{deflate,messages,pixels}.ts', 'vnc/encodings/**'] },
    // What firmware pushes are envelopes.
    { floor: 1, files: ['events/{alert,indication,indication-text,subscription}.ts'] },
    {
      floor: 2,
      files: [
        'redirection/{protocol,session/session,sol/sol}.ts',
        'redirection/ider/{ider,commands,drive,events,transfer,frames,outbox}.ts',
        'redirection/kvm/{drops,gatherer,handshake,input,rfb,updates}.ts',
      ],
    },
    { floor: 2, files: ['vnc/**'] },
    { floor: 3, files: ['transport/**'] },
    { floor: 3, files: ['{discovery,events,redirection,wsman}/**'] },
    { floor: 4, files: ['machine/**'] },
    { floor: 4, files: ['capabilities/**'] },
    { floor: 5, files: ['book/**'] },
    { floor: 5, files: ['automation/**'] },
  ],
  /** No `node:`, no clock, no `Buffer` up to this floor: browser, simulator and tests get these files for free. */
  pureUpTo: 2,
  /** Folders below one roof that are protocols of their own and never import one another. */
  strangers: ['redirection/sol', 'redirection/ider', 'redirection/kvm'],
  /** What each entry may export from; `testing.ts` is for tests and may see all but the top. */
  entries: [
    { file: 'index.ts', upTo: 4 },
    { file: 'automation.ts', upTo: 5 },
    { file: 'wire.ts', upTo: 1 },
    { file: 'protocols.ts', upTo: 2 },
    { file: 'streams.ts', upTo: 1 },
    { file: 'testing.ts', upTo: 3, folder: 'testing/**' },
  ],

  /** Where a list of re-exports is a table of contents. Anywhere else it hides the arrows. */
  barrels: [
    'packages/core/src/{index,automation,wire,protocols,streams,testing}.ts',
    'packages/*/src/index.ts',
    'packages/core/src/**/{classes,encodings,capabilities}/index.ts',
  ],

  /** Libraries that sit behind one file, or on one floor, to be replaceable there. */
  libraries: [
    {
      name: 'pako',
      inside: 'packages/core/**',
      only: ['packages/core/src/redirection/kvm/inflate.ts', 'packages/core/src/vnc/deflate.ts'],
    },
    {
      name: 'undici',
      inside: 'packages/core/**',
      only: ['packages/core/src/wsman/http.ts', 'packages/core/src/redirection/ider/http-image.ts'],
    },
    {
      name: 'fast-png',
      inside: 'packages/core/**',
      only: ['packages/core/src/machine/{picture-difference,screenshot}.ts'],
    },
    { name: 'zod', inside: 'packages/core/**', only: ['packages/core/src/{book,automation}/**'] },
    { name: 'yaml', inside: 'packages/core/**', only: ['packages/core/src/{book,automation}/**'] },
    { name: 'ws', inside: 'packages/web/**', only: ['packages/web/src/server/web-socket.ts'] },
    { name: '@novnc/novnc', inside: 'packages/web/**', only: ['packages/web/src/app/screen.ts'] },
    { name: '@peculiar/x509', inside: 'packages/simulator/**', only: ['packages/simulator/src/certificate.ts'] },
  ],
};

/** Checks the repository at `root`; one line for each arrow that points the wrong way. */
export function check(root: string): string[] {
  const files = new Map(sourceFiles(root).map((path) => [path, readFileSync(`${root}/${path}`, 'utf8')]));
  return violations(files, rules);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const found = check(fileURLToPath(new URL('..', import.meta.url)));
  for (const line of found) console.log(line);
  console.log(
    found.length === 0 ? 'Every import points the right way.' : `${found.length} imports point the wrong way.`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
}
