/**
 * `npm run soak -- --minutes 10 --seed N`: bridges that share PCs, harmed in an order that the seed decides. Ends with 1
 * unless every command was answered, nothing was done twice, and the broker says in the end how things are.
 */
import { parseArgs } from 'node:util';
import { findProgram } from '@amtkit/core/testing';
import { type SoakAccount, soak } from './soak.ts';

process.exitCode = await main(process.argv.slice(2).filter((word) => word !== '--'));

async function main(args: readonly string[]): Promise<number> {
  const options = { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    console.error('Usage: npm run soak -- --minutes 10 --seed 1');
    return 2;
  }
  if (findProgram('mosquitto') === undefined) {
    console.error('A soak needs mosquitto, which is not there. On Debian: apt-get install mosquitto');
    return 2;
  }
  const account = await soak({ minutes, seed, say: (line) => console.log(line) });
  for (const line of [...account.duplicates, ...account.wrong].slice(0, 50)) console.log(`  ${line}`);
  console.log(`\n${tableOf(account)}\n`);
  console.log(sentenceOf(account));
  return isWell(account) ? 0 : 1;
}

function isWell({ commands, results, duplicates, wrong }: SoakAccount): boolean {
  return commands === results && duplicates.length === 0 && wrong.length === 0;
}

/** The last line, for people and for those who look for it. */
function sentenceOf({ commands, results, duplicates, wrong, rssFirst, rssLast }: SoakAccount): string {
  const answered =
    commands === results ? `commands = results = ${commands}` : `commands ${commands}, results ${results}`;
  return `${answered}, duplicates ${duplicates.length}, wrong states ${wrong.length}, RSS ${rssFirst}/${rssLast} MB`;
}

/** For bench/README.md. */
function tableOf({ codes, harms, again }: SoakAccount): string {
  const rows = [
    ...[...harms].map(([name, times]) => [name, times] as const),
    ...[...codes].map(([code, times]) => [`answered ${code}`, times] as const),
    ['given again, since nothing was heard for 20 seconds, or at once from several hands', again] as const,
  ];
  return ['| what | times |', '|---|--:|', ...rows.map(([name, times]) => `| ${name} | ${times} |`)].join('\n');
}
