/** One scan by amtkit, measured. Arguments: range, port. */
import { discover } from '@amtkit/core';
import type { ScanRun } from './scan.ts';
import { meter } from './scan-meter.ts';

const [range = '', port = ''] = process.argv.slice(2);

const cost = await meter();
const start = performance.now();
let firstMs: number | undefined;
let lastAnswerMs = 0;
const found = new Set<string>();
for await (const machine of discover(range, { port: Number(port), tcp: false })) {
  lastAnswerMs = performance.now() - start;
  firstMs ??= lastAnswerMs;
  found.add(machine.address);
}
const run: ScanRun = { ...cost(found.size), lastAnswerMs, ...(firstMs !== undefined && { firstMs }) };
process.send?.(run);
process.disconnect();
