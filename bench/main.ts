/**
 * `npm run bench -- NAME …`: runs bench/NAME.ts, prints its table, writes bench/results/NAME.json and pastes the table
 * into bench/README.md. Ends with 1 when a goal was not met.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { type Bench, type BenchTable, formatMarkdown, formatText, insertBetweenMarkers } from './table.ts';

const folder = import.meta.dirname;
process.exitCode = await main(process.argv.slice(2).filter((word) => word !== '--'));

async function main(names: readonly string[]): Promise<number> {
  const known = await benches();
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length === 0 || unknown.length > 0) {
    const what = unknown.length > 0 ? `There is no benchmark ${unknown.join(', ')}.` : 'Which benchmark?';
    console.error(`${what} There are: ${known.join(', ')}. Usage: npm run bench -- NAME …`);
    return 2;
  }
  let missed = 0;
  for (const name of names) {
    const bench = (await import(join(folder, `${name}.ts`))) as Bench;
    const table = await bench.run();
    console.log(`\n${formatText(table)}`);
    await keep(name, table);
    missed += table.goals.filter(({ met }) => !met).length;
  }
  return missed > 0 ? 1 : 0;
}

/** Files of this folder that export a benchmark: a result can be asked of them. The others help them. */
async function benches(): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => /^[a-z-]+\.ts$/.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return files
    .filter((_, i) => /^export async function run\(\)/m.test(texts[i] ?? ''))
    .map((file) => file.slice(0, -3));
}

async function keep(name: string, table: BenchTable): Promise<void> {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const rig = `Node ${process.version}, ${type()} ${release()}, ${cpus().length} × ${processor}`;
  await mkdir(join(folder, 'results'), { recursive: true });
  const json = JSON.stringify({ name, at: new Date().toISOString(), rig, ...table }, null, 2);
  await writeFile(join(folder, 'results', `${name}.json`), `${json}\n`);
  const readme = join(folder, 'README.md');
  const document = existsSync(readme) ? await readFile(readme, 'utf8') : '# Benchmarks\n';
  await writeFile(readme, insertBetweenMarkers(document, name, `${formatMarkdown(table)}\n- ${rig}`));
}
