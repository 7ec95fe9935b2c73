/** What is told of reimages while they run: stages as lines, progress as one line that stays current. */
import type { ReimageProgress, ReimageStage } from '@amtkit/core/automation';
import { serialPlainText } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { failureOf } from '../exit.ts';
import { cutAt, flat } from '../table.ts';
import { wrapped } from '../wrap.ts';
import { rateText, sizeText } from './amounts.ts';

/** How it is told. */
export interface ReimageViewOptions {
  readonly app: App;
  readonly machines: readonly string[];
  /** Tell what the PCs write on their serial ports, too. */
  readonly serial: boolean;
}

/** The end of a reimage that has one. */
export type ReimageEnd = Extract<ReimageStage, { readonly stage: 'finished' | 'failed' }>;

/** Notes that only tell what is usual. */
const QUIET: ReadonlySet<string> = new Set(['bus-reset', 'pressed']);

/** How often the line is drawn, for its clock. */
const DRAW_MS = 1000;

/** Tells of reimages, one or several. */
export class ReimageView implements Disposable {
  readonly #options: ReimageViewOptions;
  readonly #now = new Map<string, { readonly stage: string; readonly progress: ReimageProgress }>();
  readonly #serial = new Map<string, { readonly plain: (text: string) => string; begun: string }>();
  /** Of the image, that were told. */
  readonly #tenths = new Map<string, number>();
  readonly #startedAt = performance.now();

  readonly #timer: NodeJS.Timeout;

  constructor(options: ReimageViewOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#draw(), DRAW_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#options.app.out.progress('');
  }

  /** Tells a stage. Ends are told by whoever decides how the command ends. */
  tell(machine: string, stage: ReimageStage): void {
    const { out } = this.#options.app;
    if (stage.stage === 'serial') {
      this.#wrote(machine, stage.text);
      return;
    }
    out.event({ ...plain(stage), type: 'stage', machine, at: stage.at });
    if ('progress' in stage) this.#now.set(machine, stage);
    if (stage.stage === 'finished' || stage.stage === 'failed') this.#now.delete(machine);
    if (stage.stage === 'failed') {
      this.#draw();
      return;
    }
    if (this.#isNews(machine, stage)) {
      this.#line(machine, stage.stage === 'note' ? '' : stage.stage, stage.message);
    }
    this.#draw();
  }

  /** Whether a stage is worth a line of its own. How far a machine has read is, in a pipe, where no line stays current. */
  #isNews(machine: string, stage: ReimageStage): boolean {
    if (stage.stage === 'note') return !QUIET.has(stage.note);
    if (stage.stage !== 'reading' && stage.stage !== 'idle') return true;
    const tenths = Math.floor(stage.progress.percent / 10);
    const news = !this.#options.app.out.live && tenths > (this.#tenths.get(machine) ?? 0);
    if (news) this.#tenths.set(machine, tenths);
    return news;
  }

  #line(machine: string, stage: string, message: string): void {
    const { app, machines } = this.#options;
    const who = machines.length > 1 ? `${machine}  ` : '';
    app.out.progress('');
    const before = `${clock(performance.now() - this.#startedAt)}  ${who}${stage.padEnd(9)}  `;
    const lines = wrapped(before + message, app.out.width ?? Number.POSITIVE_INFINITY, before.length);
    for (const line of lines) app.out.line(line);
  }

  #draw(): void {
    const { app, machines } = this.#options;
    const width = (app.streams.stderr.columns ?? 80) - 1;
    const of = (machine: string): string => {
      const now = this.#now.get(machine);
      if (now === undefined) return '';
      const { percent, bytes, megabytesPerSecond } = now.progress;
      if (machines.length > 1) return `${machine} ${Math.floor(percent)} %`;
      const rate = now.stage === 'reading' ? `, ${rateText(megabytesPerSecond * 1e6)}` : '';
      return `${now.stage}: ${percent.toFixed(1)} %, ${sizeText(bytes)}${rate}`;
    };
    const shown = machines.map(of).filter((text) => text !== '');
    const time = clock(performance.now() - this.#startedAt);
    app.out.progress(shown.length === 0 ? '' : cutAt(`${time}  ${shown.join(', ')}`, width));
  }

  #wrote(machine: string, text: string): void {
    const { app, serial, machines } = this.#options;
    app.out.event({ type: 'serial', machine, at: new Date(), text });
    if (!serial || app.out.mode !== 'text') return;
    const state = this.#serial.get(machine) ?? { plain: serialPlainText(), begun: '' };
    this.#serial.set(machine, state);
    const lines = (state.begun + state.plain(text)).split('\n');
    state.begun = (lines.pop() ?? '').slice(-1024);
    for (const line of lines) app.out.warn(`${machines.length > 1 ? `${machine} ` : ''}| ${flat(line)}`);
    this.#draw();
  }
}

function plain(stage: ReimageStage): Readonly<Record<string, unknown>> {
  return 'error' in stage && stage.error !== undefined ? { ...stage, error: failureOf(stage.error) } : { ...stage };
}

/** `0:07`, `12:34`, `1:02:03`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number: number): string => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`.padStart(5);
}
