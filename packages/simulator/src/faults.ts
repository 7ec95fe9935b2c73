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

/** How often: a chance from 0 to 1, or the next so many answers. */
export type Often = number | { readonly times: number };

/** What goes wrong. Stream faults begin with the next connection, faults of answers with the next request. */
export interface FaultOptions extends Omit<StreamFaults, 'delay'> {
  readonly answers?: Readonly<Partial<Record<AnswerFault, Often>>>;
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

/** Faults as they are used: chances drawn, counts counted. */
export class FaultPlan {
  readonly options: FaultOptions;
  readonly #random: () => number;
  readonly #left: Map<AnswerFault, number>;
  #streams = 0;

  constructor(options: FaultOptions = {}) {
    this.options = options;
    this.#random = seededRandom(options.seed ?? 1);
    this.#left = new Map(
      Object.entries(options.answers ?? {}).flatMap(([name, often]) =>
        typeof often === 'object' ? [[name as AnswerFault, often.times] as const] : [],
      ),
    );
  }

  /** What is wrong with the next answer. */
  pick(): AnswerFault | undefined {
    const { answers } = this.options;
    if (answers === undefined) return undefined;
    for (const name of ANSWER_FAULTS) {
      const often = answers[name];
      if (often === undefined) continue;
      if (typeof often === 'number') {
        if (this.#random() < often) return name;
      } else {
        const left = this.#left.get(name) ?? 0;
        if (left > 0) {
          this.#left.set(name, left - 1);
          return name;
        }
      }
    }
    return undefined;
  }

  /** What is wrong with the next connection; each has its own random numbers. */
  nextStream(): Omit<StreamFaults, 'delay'> | undefined {
    const { answers: _, seed = 1, ...faults } = this.options;
    if (Object.keys(faults).length === 0) return undefined;
    return { ...faults, seed: seed + 1000 * this.#streams++ };
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
  for (const item of source.split(',').map((each) => each.trim())) {
    if (item === '') continue;
    const [word = '', value] = item.split('=');
    const stream = WORDS[word];
    if (stream !== undefined) {
      streams[stream] = value === undefined && word === 'split' ? true : wholeNumber(word, value);
    } else if (ANSWER_FAULTS.includes(word as AnswerFault)) {
      answers[word as AnswerFault] = often(word, value);
    } else {
      const known = [...Object.keys(WORDS), ...ANSWER_FAULTS].join(', ');
      throw new TypeError(`"${word}" is no fault; there are ${known}.`);
    }
  }
  return { ...streams, ...(Object.keys(answers).length > 0 && { answers }) };
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
