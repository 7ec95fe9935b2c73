/** Steps as they happen, and what remains of them: a JSON file for programs, a page for people. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly evidence: readonly string[];
  /** File names of PNG pictures beside the report. */
  readonly pictures: readonly string[];
}

/** What a step comes to. */
export interface Outcome<T> {
  readonly value: T;
  readonly evidence: readonly string[];
  readonly pictures?: readonly Uint8Array[];
}

/** The report of one demo. */
export class Report {
  readonly #steps: Step[] = [];
  readonly #pictures: Uint8Array[] = [];

  /** Does `work`, prints its name, time and evidence, and remembers them. */
  async step<T>(name: string, work: () => Promise<Outcome<T>>): Promise<T> {
    const startedAt = performance.now();
    try {
      const { value, evidence, pictures = [] } = await work();
      const files = pictures.map((png) => this.#keep(png));
      this.#done({ name, ok: true, ms: Math.round(performance.now() - startedAt), evidence, pictures: files });
      return value;
    } catch (error) {
      const ms = Math.round(performance.now() - startedAt);
      this.#done({ name, ok: false, ms, evidence: [(error as Error).message], pictures: [] });
      throw error;
    }
  }

  /** Writes `demo-report/`; returns the page's path. */
  async write(backend: 'memory' | 'qemu'): Promise<string> {
    const folder = fileURLToPath(new URL('../../demo-report/', import.meta.url));
    await mkdir(folder, { recursive: true });
    const steps = this.#steps;
    for (const [index, png] of this.#pictures.entries()) await writeFile(join(folder, pictureName(index)), png);
    await writeFile(join(folder, 'report.json'), `${JSON.stringify({ version: 1, backend, steps }, null, 2)}\n`);
    const page = join(folder, 'report.html');
    await writeFile(page, html(backend, steps));
    return page;
  }

  #keep(png: Uint8Array): string {
    return pictureName(this.#pictures.push(png) - 1);
  }

  #done(step: Step): void {
    this.#steps.push(step);
    console.log(`${step.ok ? '✓' : '✗'} ${step.name}  (${(step.ms / 1000).toFixed(1)} s)`);
    for (const line of step.evidence) console.log(`    ${line}`);
  }
}

function pictureName(index: number): string {
  return `screen-${index + 1}.png`;
}

function html(backend: string, steps: readonly Step[]): string {
  const rows = steps.map(
    ({ name, ok, ms, evidence, pictures }) =>
      `<section class="${ok ? 'ok' : 'bad'}"><h2>${escapeHtml(name)} <small>${(ms / 1000).toFixed(1)} s</small></h2>` +
      `<pre>${evidence.map(escapeHtml).join('\n')}</pre>` +
      `${pictures.map((file) => `<img src="${file}" alt="The screen: ${escapeHtml(name)}">`).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>amtkit demo</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; background: #fff; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 0 0 .4rem; } small { color: #59636e; font-weight: normal; }
  section { border-left: 4px solid #1a7f37; padding: .3rem 1rem; margin: 1rem 0; } section.bad { border-color: #cf222e; }
  pre { margin: 0; overflow-x: auto; background: #f6f8fa; padding: .6rem .8rem; border-radius: 6px; font-size: .85rem; white-space: pre-wrap; word-break: break-word; }
  img { display: block; max-width: 100%; margin-top: .6rem; border-radius: 6px; }
  @media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } pre { background: #161b22; } small { color: #9198a1; } }
</style>
<h1>amtkit demo: ${steps.filter(({ ok }) => ok).length} of ${steps.length} steps</h1>
<p>Virtual PCs: ${backend}. Every line below was observed while it ran.</p>
${rows.join('\n')}
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);
}
