/** Holds imports against the tables of `boundaries.ts`. Knows no path of this repository; everything comes as data. */

import { matchesGlob, posix } from 'node:path';
import { codeOf, type Import, importsOf } from './imports.ts';

/** The tables; `boundaries.ts` says what each is for. Patterns are globs. */
export interface Rules {
  readonly packages: readonly PackageRule[];
  /** Folder whose files stand on floors. */
  readonly core: string;
  readonly floors: readonly { readonly floor: number; readonly files: readonly string[] }[];
  readonly pureUpTo: number;
  readonly strangers: readonly string[];
  readonly entries: readonly { readonly file: string; readonly upTo: number; readonly folder?: string }[];
  readonly barrels: readonly string[];
  readonly libraries: readonly { readonly name: string; readonly inside: string; readonly only: readonly string[] }[];
}

interface PackageRule {
  readonly files: string;
  readonly may: readonly string[];
  readonly lazily?: readonly string[];
  readonly tests?: readonly string[];
}

/** Sentences, each beginning with `path:line`, for everything the rules forbid. `files`: path → source. */
export function violations(files: ReadonlyMap<string, string>, rules: Rules): string[] {
  const found: string[] = [];
  const arrows = new Map<string, string[]>();
  for (const [path, source] of files) {
    const targets: string[] = [];
    for (const imported of importsOf(source)) {
      const target = relativeTarget(path, imported.specifier);
      if (target !== undefined) targets.push(target);
      const complaint =
        target === undefined ? outward(path, imported, rules) : inward(path, target, imported, files, rules);
      if (complaint !== undefined) found.push(`${path}:${imported.line}: ${complaint}`);
    }
    if (!isTest(path)) arrows.set(path, targets);
    found.push(...impurities(path, source, rules));
  }
  for (const cycle of cycles(arrows)) found.push(`${cycle[0]}:1: imports itself in a circle: ${cycle.join(' → ')}`);
  return found;
}

/** An import of a package, of Node, or of a library. */
function outward(path: string, imported: Import, rules: Rules): string | undefined {
  const { specifier } = imported;
  if (specifier.startsWith('node:')) {
    if (isTest(path) || !isPure(path, rules)) return undefined;
    return `imports ${specifier}; files up to floor ${rules.pureUpTo} run in a browser, too`;
  }
  if (specifier.startsWith('@amtkit/')) return betweenPackages(path, imported, rules);
  const library = rules.libraries.find(
    ({ name, inside }) => (specifier === name || specifier.startsWith(`${name}/`)) && matchesGlob(path, inside),
  );
  if (library === undefined || isTest(path) || matchesAny(path, library.only)) return undefined;
  return `imports ${library.name}, which sits behind ${library.only.join(', ')} only`;
}

function betweenPackages(path: string, { specifier, dynamic, typeOnly }: Import, rules: Rules): string | undefined {
  const rule = rules.packages.find(({ files }) => matchesGlob(path, files));
  if (rule === undefined) return `imports ${specifier}, but no rule says what this folder may use`;
  const may = isTest(path) ? [...rule.may, ...(rule.tests ?? [])] : rule.may;
  if (matchesAny(specifier, may)) return undefined;
  if (matchesAny(specifier, rule.lazily ?? [])) {
    if (dynamic || typeOnly || isTest(path)) return undefined;
    return `imports ${specifier} at start; only import() is allowed, so that it is loaded when used`;
  }
  const allowed = may.length === 0 ? 'nothing of ours' : may.join(', ');
  return `imports ${specifier}; ${rule.files} may use ${allowed}`;
}

/** An import of a file. */
function inward(
  path: string,
  target: string,
  { reexport }: Import,
  files: ReadonlyMap<string, string>,
  rules: Rules,
): string | undefined {
  if (!files.has(target)) return undefined;
  // How tests are run is a matter of the checkout, and of no package.
  if (path.endsWith('/vitest.config.ts') && home(target) === 'scripts') return undefined;
  // What tests of a package share is packed into no package, and has no entry.
  if (home(path) === 'test' && matchesGlob(target, 'packages/*/src/testing/**')) return undefined;
  if (home(path) !== home(target)) return `imports ${target} across packages by its path; use the package's entry`;
  if (isTest(path)) return undefined;
  if (reexport && !matchesAny(path, rules.barrels)) return `re-exports ${target}; import it where it is used`;
  return betweenFloors(path, target, rules);
}

function betweenFloors(path: string, target: string, rules: Rules): string | undefined {
  const [from, to] = [below(rules.core, path), below(rules.core, target)];
  if (from === undefined || to === undefined) return undefined;
  const [here, there] = [storey(from, rules), storey(to, rules)];
  const entry = rules.entries.find(({ file }) => file === from);
  const special = rules.entries.find(({ folder }) => folder !== undefined && matchesGlob(to, folder))?.folder;
  if (entry !== undefined) {
    if (special !== undefined && special === entry.folder) return undefined;
    if (there !== undefined && there.floor <= entry.upTo) return undefined;
    return `exports ${to}; this entry reaches up to floor ${entry.upTo}`;
  }
  if (rules.entries.some(({ folder }) => folder !== undefined && matchesGlob(from, folder))) return undefined;
  if (here === undefined) return 'stands on no floor; the table in scripts/boundaries.ts has to name it';
  if (there === undefined) return `imports ${to}, which is an entry or stands on no floor`;
  if (areStrangers(from, to, rules)) return `imports ${to}; these are separate protocols that happen to share a door`;
  if (there.index < here.index || (there.index === here.index && area(from) === area(to))) return undefined;
  if (there.index === here.index)
    return `imports ${to}, a neighbour on floor ${here.floor}; only lower floors and the own folder are open`;
  return `imports ${to}, which is above it (floor ${there.floor} from floor ${here.floor})`;
}

/** Uses of the clock, the process and `Buffer` where they are not to be had. */
function impurities(path: string, source: string, rules: Rules): string[] {
  if (isTest(path) || !isPure(path, rules)) return [];
  const found: string[] = [];
  const code = codeOf(source);
  for (const [pattern, what] of impure) {
    for (const match of code.matchAll(pattern)) {
      const line = code.slice(0, match.index).split('\n').length;
      found.push(`${path}:${line}: uses ${what}; files up to floor ${rules.pureUpTo} have it handed in, or do without`);
    }
  }
  return found;
}

const impure: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.$])Date\.now\b/g, 'Date.now'],
  [/\bnew Date\(\s*\)/g, 'the present date'],
  [/(?<![\w.$])performance\./g, 'performance'],
  [/(?<![\w.$])(?:setTimeout|setInterval|setImmediate)\s*\(/g, 'a timer'],
  [/(?<![\w.$])process\./g, 'process'],
  [/(?<![\w.$])Buffer\b/g, 'Buffer'],
];

/** One path for each knot of files that reach each other, first file repeated at the end. */
function cycles(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start !== -1) found.push([...path.slice(start), file]);
    if (start !== -1 || done.has(file)) return;
    path.push(file);
    for (const target of arrows.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of arrows.keys()) visit(file);
  return found;
}

function isPure(path: string, rules: Rules): boolean {
  const file = below(rules.core, path);
  const floor = file === undefined ? undefined : storey(file, rules)?.floor;
  return floor !== undefined && floor <= rules.pureUpTo;
}

/** First row of the table that names the file, with its place in it. */
function storey(file: string, rules: Rules): { floor: number; index: number } | undefined {
  const index = rules.floors.findIndex(({ files }) => matchesAny(file, files));
  const floor = rules.floors[index]?.floor;
  return floor === undefined ? undefined : { floor, index };
}

function areStrangers(from: string, to: string, { strangers }: Rules): boolean {
  const [one, other] = [from, to].map((file) => strangers.find((folder) => file.startsWith(`${folder}/`)));
  return one !== undefined && other !== undefined && one !== other;
}

function relativeTarget(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** `packages/core`, `test`, …: what a relative import must not leave. */
function home(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'packages' || first === 'examples' ? `${first}/${second}` : first;
}

/** The top folder inside core. */
function area(file: string): string {
  return file.split('/')[0] ?? '';
}

function below(folder: string, path: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

function matchesAny(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(path, pattern));
}
