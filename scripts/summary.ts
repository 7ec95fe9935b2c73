/**
 * Closing line of a test run: `N passed, N failed, N skipped`, alone and last; above it what failed, and what was left out
 * for want of what.
 * A vitest reporter; beside its own counts it turns skips by word into failures when `AMTKIT_TEST_ALL` asks for it.
 */

import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What a run came to. */
export interface Summary {
  readonly passed: number;
  /** Failed tests, files that could not be collected, errors outside any test, and skips that were not allowed. */
  readonly failed: number;
  readonly skipped: number;
  /** Tests skipped for want of each word. */
  readonly wanting: ReadonlyMap<string, number>;
  /** What failed, a line each. */
  readonly failures: readonly string[];
  /** Full names of tests that were skipped although `AMTKIT_TEST_ALL` forbids it, with the words. */
  readonly forbidden: readonly string[];
}

/** One finished test as the summary needs it. */
export interface Outcome {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Why it failed. */
  readonly message?: string | undefined;
  /** Words of what was absent. */
  readonly needs: readonly string[];
}

/**
 * Adds up a run.
 * @param otherFailures files that could not be collected and errors outside any test, a line each
 * @param all value of `AMTKIT_TEST_ALL`: `1` for every word, or words separated by commas
 */
export function summarize(
  outcomes: Iterable<Outcome>,
  otherFailures: readonly string[],
  all: string | undefined,
): Summary {
  const wanting = new Map<string, number>();
  const forbidden: string[] = [];
  const failures = [...otherFailures];
  let [passed, failed, skipped] = [0, otherFailures.length, 0];
  for (const outcome of outcomes) {
    if (outcome.state === 'passed') passed++;
    else if (outcome.state === 'failed') {
      failed++;
      failures.push(`${outcome.name}: ${firstLine(outcome.message)}`);
    } else if (outcome.needs.some((word) => isForbidden(word, all))) {
      failed++;
      forbidden.push(`${outcome.name} (needs ${outcome.needs.join(', ')})`);
    } else {
      skipped++;
      for (const word of outcome.needs) wanting.set(word, (wanting.get(word) ?? 0) + 1);
    }
  }
  return { passed, failed, skipped, wanting, failures, forbidden };
}

/** The lines to print, the counts last. */
export function lines(summary: Summary): string[] {
  const wanting = [...summary.wanting].sort().map(([word, count]) => `${word} ${count}`);
  return [
    ...summary.failures.map((line) => `failed: ${line}`),
    ...summary.forbidden.map((name) => `skipped, but AMTKIT_TEST_ALL is set: ${name}`),
    ...(wanting.length > 0 ? [`skipped for want of: ${wanting.join(', ')}`] : []),
    `${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`,
  ];
}

/** Vitest loads a reporter by path and asks for a default export. */
export default class SummaryReporter implements Reporter {
  #summary: Summary | undefined;

  onInit(): void {
    // Vitest itself prints after its reporters have ended; only at exit is a line sure to be the last one.
    process.once('exit', (code) => {
      const summary = this.#summary ?? summarize([], code === 0 ? [] : ['the run itself'], undefined);
      process.stdout.write(`\n${lines(summary).join('\n')}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const suites = modules.flatMap((module) => [...module.children.allSuites()]);
    const broken = [
      ...modules.map((module) => ({ name: module.relativeModuleId, errors: module.errors() })),
      ...suites.map((suite) => ({ name: suite.fullName, errors: suite.errors() })),
      ...unhandledErrors.map((error) => ({ name: 'outside any test', errors: [error as { message?: string }] })),
    ].filter(({ errors }) => errors.length > 0);
    const others = broken.map(({ name, errors }) => `${name}: ${firstLine(errors[0]?.message)}`);
    const outcomes = modules.flatMap((module) => [...module.children.allTests()].map(outcomeOf));
    this.#summary = summarize(outcomes, others, process.env.AMTKIT_TEST_ALL);
    if (this.#summary.failed > 0) process.exitCode = 1;
  }
}

function outcomeOf(test: TestCase): Outcome {
  const { state, errors } = test.result();
  return {
    name: `${test.module.relativeModuleId} > ${test.fullName}`,
    state: state === 'pending' ? 'failed' : state,
    message: state === 'pending' ? 'it did not end' : errors?.[0]?.message,
    needs: neededBy(test),
  };
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0] ?? '';
}

/** Words of the test itself and of every `describe` around it. */
function neededBy(test: TestCase): string[] {
  const words = new Set<string>();
  for (let task: TestCase | TestCase['parent'] = test; task.type !== 'module'; task = task.parent) {
    const { needs } = task.meta() as { needs?: readonly string[] };
    for (const word of needs ?? []) words.add(word);
  }
  return [...words];
}

function isForbidden(word: string, all: string | undefined): boolean {
  if (all === undefined || all === '' || all === '0') return false;
  return all === '1' || all.split(',').includes(word);
}
