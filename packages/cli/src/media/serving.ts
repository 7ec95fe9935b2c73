/** Media that are served from this process, to one machine or several, with a line that stays current. */
import type { MediaStatistics } from '@amtkit/core';
import type { ServedMedia, ServedMediaEvent } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { failureOf } from '../exit.ts';
import { sizeText, spanText } from './amounts.ts';
import { percentTouched, progressLine } from './progress-line.ts';

/** What a program is told. */
type StreamObject = { readonly type: string; readonly [key: string]: unknown };

/** How often the line is drawn, and how often programs are told. */
const DRAW_MS = 500;
const TELL_MS = 5_000;

/** Shows what is served, and tells what happens: sentences on stderr, objects on stdout where nobody looks at it. */
export class ServingView {
  readonly #app: App;
  readonly #served = new Map<string, ServedMedia>();
  #timer: NodeJS.Timeout | undefined;
  #toldAt = 0;

  constructor(app: App) {
    this.#app = app;
  }

  /** Follows media until they are detached. @throws what they were lost by for good */
  async follow(machine: string, media: string, served: ServedMedia): Promise<void> {
    const startedAt = performance.now();
    this.#served.set(machine, served);
    this.#timer ??= setInterval(() => this.#tick(), DRAW_MS);
    this.#object(machine, { type: 'attached', media });
    /** What is told once, though it happens at every start. */
    const known = new Set<string>();
    try {
      for await (const event of served) {
        const usual = event.type === 'reading' ? event.unit : event.type === 'enabled' ? event.type : undefined;
        const sentence = usual !== undefined && known.has(usual) ? undefined : sentenceOf(event, media);
        if (usual !== undefined) known.add(usual);
        this.#tell(machine, plain(event), sentence);
      }
      await served.close();
      const { statistics } = served;
      const read = `${sizeText(statistics.bytesRead)} read in ${spanText(performance.now() - startedAt)}`;
      this.#tell(machine, { type: 'detached', media, ...totals(statistics) }, `${media} is detached; ${read}`);
    } finally {
      this.#served.delete(machine);
      if (this.#served.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#app.out.progress('');
      }
    }
  }

  #tick(): void {
    const { out, streams } = this.#app;
    const machines = [...this.#served].map(([name, { statistics, problem }]) => ({ name, statistics, problem }));
    out.progress(progressLine(machines, new Date(), (streams.stderr.columns ?? 80) - 1));
    if (performance.now() - this.#toldAt < TELL_MS) return;
    this.#toldAt = performance.now();
    for (const { name, statistics } of machines) this.#object(name, { type: 'progress', ...totals(statistics) });
  }

  #tell(machine: string, event: StreamObject, sentence: string | undefined): void {
    const { out } = this.#app;
    this.#object(machine, event);
    if (sentence !== undefined && out.mode === 'text') out.say(`${machine}: ${sentence}.`);
  }

  #object(machine: string, event: StreamObject): void {
    const { out } = this.#app;
    if (out.live) return;
    const object = { machine, at: new Date(), ...event };
    if (out.mode === 'jsonl') out.event(object);
    else out.jsonLine(object);
  }
}

/** What a program is told of statistics. */
function totals(statistics: MediaStatistics): object {
  const { bytesRead, bytesWritten, bytesPerSecond, lastAccess, stalls, failures } = statistics;
  const percent = Math.round(10 * percentTouched(statistics)) / 10;
  return { bytesRead, bytesWritten, bytesPerSecond: Math.round(bytesPerSecond), percent, lastAccess, stalls, failures };
}

function plain(event: ServedMediaEvent): StreamObject {
  return 'error' in event ? { ...event, error: failureOf(event.error) } : event;
}

const DRIVES = { cd: 'CD', floppy: 'floppy' } as const;

/** What happened, for people; nothing for what happens at every start. */
function sentenceOf(event: ServedMediaEvent, media: string): string | undefined {
  switch (event.type) {
    case 'enabled':
      return `${media} is attached; the PC sees it ${event.start === 'onreboot' ? 'from its next start on' : 'now'}`;
    case 'reading':
      return `the PC reads the ${DRIVES[event.unit]}`;
    case 'ejected':
      return `the PC ejected the ${DRIVES[event.unit]}`;
    case 'failed':
      return `read error on the ${DRIVES[event.unit]}: ${event.error.message.replace(/\.$/, '')}`;
    case 'interrupted':
      return `the connection was lost, and is being brought back: ${event.error.message.replace(/\.$/, '')}`;
    case 'reattached':
      return `attached again after ${spanText(event.afterMs)}`;
    case 'reset':
      return undefined;
  }
}
