/** Misbehaviour on request: what goes wrong, how often, following from a seed. */
import { type StreamFaults, seededRandom } from '@amtkit/core/streams';

/** What can be wrong with an answer although the request was right. */
export type AnswerFault =
  /** A method returns "busy"; everything else is HTTP 503. */
  | 'busy'
  /** HTTP 503 whatever was asked. */
  | 'unavailable'
  /** A SOAP fault InternalError. */
  | 'fault'
  /** The log-on page, though the log-in was right. */
  | 'unauthorized'
  /** No answer ever; the connection stays open. */
  | 'hang'
  /** XML with an element that does not end. */
  | 'malformed'
  /** The connection ends inside a chunk. */
  | 'truncated'
  /** XML with a DOCTYPE. */
  | 'doctype'
  /** 50 MB. */
  | 'huge';

/** What can be wrong with a screen session although the console did everything right. */
export type ScreenFault =
  /** It ends where the size would be told: nothing can be captured. */
  | 'no-display'
  /** The picture is black. */
  | 'black'
  /** It ends a second after the first picture. */
  | 'drop-soon'
  /** It ends when the screen changes its size. */
  | 'drop-resize'
  /** A fifth of a second between any two tiles. */
  | 'slow-tiles'
  /** The second update ends in the middle of a tile, and the session with it. */
  | 'half-tile'
  /** From the second update on tiles are packed in a way that does not exist. */
  | 'bad-tile'
  /** From the second update on the stream of tiles cannot be inflated. */
  | 'bad-zlib';

/** How often: a chance from 0 to 1, or the next so many answers. */
export type Often = number | { readonly times: number };

/** What goes wrong. Stream faults begin with the next connection, faults of answers with the next request, of screens with the next session. */
export interface FaultOptions extends Omit<StreamFaults, 'delay'> {
  readonly answers?: Readonly<Partial<Record<AnswerFault, Often>>>;
  /** Of sessions, not of pictures. */
  readonly screens?: Readonly<Partial<Record<ScreenFault, Often>>>;
}

const ANSWER_FAULTS: readonly AnswerFault[] = [
  'busy',
  'unavailable',
  'fault',
  'unauthorized',
  'hang',
  'malformed',
  'truncated',
  'doctype',
  'huge',
];

const SCREEN_FAULTS: readonly ScreenFault[] = [
  'no-display',
  'black',
  'drop-soon',
  'drop-resize',
  'slow-tiles',
  'half-tile',
  'bad-tile',
  'bad-zlib',
];

/** Faults as they are used: chances drawn, counts counted. */
export class FaultPlan {
  readonly options: FaultOptions;
  readonly #random: () => number;
  readonly #left: Map<AnswerFault | ScreenFault, number>;
  #streams = 0;

  constructor(options: FaultOptions = {}) {
    this.options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#left = new Map(
      Object.entries({ ...options.answers, ...options.screens }).flatMap(([name, often]) =>
        typeof often === 'object' ? [[name as AnswerFault | ScreenFault, often.times] as const] : [],
      ),
    );
  }

  /** What is wrong with the next answer. */
  pick(): AnswerFault | undefined {
    return this.#pick(ANSWER_FAULTS, this.options.answers);
  }

  /** What is wrong with the next screen session. */
  pickScreen(): ScreenFault | undefined {
    return this.#pick(SCREEN_FAULTS, this.options.screens);
  }

  /** What is wrong with the next connection; each has its own random numbers. */
  nextStream(): Omit<StreamFaults, 'delay'> | undefined {
    const { answers: _, screens: __, seed = 1, ...faults } = this.options;
    if (Object.keys(faults).length === 0) return undefined;
    return { ...faults, seed: seed + 1000 * this.#streams++ };
  }

  #pick<Name extends AnswerFault | ScreenFault>(
    names: readonly Name[],
    wanted: Readonly<Partial<Record<Name, Often>>> | undefined,
  ): Name | undefined {
    for (const name of names) {
      const often = wanted?.[name];
      if (often === undefined) continue;
      const left = this.#left.get(name) ?? 0;
      if (typeof often === 'object' && left > 0) this.#left.set(name, left - 1);
      if (typeof often === 'number' ? this.#random() < often : left > 0) return name;
    }
    return undefined;
  }
}

/** Words of the text form and what they set. */
const WORDS: Readonly<Record<string, keyof StreamFaults>> = {
  split: 'splitBytes',
  delay: 'delayMs',
  drop: 'dropAfter',
  corrupt: 'corruptEvery',
  cut: 'cutAfter',
  seed: 'seed',
};

/**
 * Faults from text such as `split,cut=400,busy=0.1,hang=2x`: a chance, or with an x the next so many.
 * @throws TypeError for a word that is none, or a number that cannot be
 */
export function parseFaults(source: string): FaultOptions {
  const streams: Record<string, number | boolean> = {};
  const answers: Partial<Record<AnswerFault, Often>> = {};
  const screens: Partial<Record<ScreenFault, Often>> = {};
  for (const item of source.split(',').map((each) => each.trim())) {
    if (item === '') continue;
    const [word = '', value] = item.split('=');
    const stream = WORDS[word];
    if (stream !== undefined) {
      streams[stream] = value === undefined && word === 'split' ? true : wholeNumber(word, value);
    } else if (ANSWER_FAULTS.includes(word as AnswerFault)) {
      answers[word as AnswerFault] = often(word, value);
    } else if (SCREEN_FAULTS.includes(word as ScreenFault)) {
      screens[word as ScreenFault] = often(word, value);
    } else {
      const known = [...Object.keys(WORDS), ...ANSWER_FAULTS, ...SCREEN_FAULTS].join(', ');
      throw new TypeError(`"${word}" is no fault; there are ${known}.`);
    }
  }
  const some = (faults: object) => Object.keys(faults).length > 0;
  return { ...streams, ...(some(answers) && { answers }), ...(some(screens) && { screens }) };
}

function wholeNumber(word: string, value: string | undefined): number {
  const number = Number(value);
  if (value === undefined || value === '' || !Number.isInteger(number) || number < 0) {
    throw new TypeError(`${word} needs a whole number, such as ${word}=400.`);
  }
  return number;
}

function often(word: string, value: string | undefined): Often {
  if (value === undefined) return 1;
  const times = /^(\d+)x$/.exec(value)?.[1];
  if (times !== undefined) return { times: Number(times) };
  const chance = Number(value);
  if (value === '' || !(chance >= 0 && chance <= 1)) {
    throw new TypeError(`${word} needs a chance from 0 to 1, or a count such as ${word}=2x.`);
  }
  return chance;
}
