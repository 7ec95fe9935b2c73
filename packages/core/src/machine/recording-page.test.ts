import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode, encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, needs } from '../testing/needs.ts';
import { recordingPage } from './recording-page.ts';

const HEAD = { amtkit: 'screen', version: 1, title: 'office-pc </script>', startedAt: '2031-05-04T03:02:01.000Z' };

/** A picture of one colour, as a recording has it. */
function png(width: number, height: number, colour: readonly number[]): string {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3] as number);
  return Buffer.from(encode({ width, height, channels: 3, data })).toString('base64');
}

const lines = [
  HEAD,
  { at: 0, width: 640, height: 400 },
  { at: 0, x: 0, y: 0, width: 640, height: 400, png: png(640, 400, [200, 0, 0]) },
  { at: 30_000, x: 320, y: 0, width: 320, height: 400, png: png(320, 400, [0, 0, 200]) },
  { at: 61_250 },
];
const recording = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;

describe('The page of a recording', () => {
  it('holds all of it, fetches nothing, and says nothing that is not meant as text', () => {
    const page = recordingPage(recording);
    expect(page).toContain('<title>office-pc &lt;/script></title>');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/(?:src|href)="?https?:/);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/%[A-Z]+%/);
  });

  it('is made of a recording that broke off, too', () => {
    expect(recordingPage(recording.slice(0, -5))).toContain('office-pc');
  });

  it.each([
    ['nothing', ''],
    ['other lines', '{"a":1}\n'],
    ['a broken line in between', recording.replace('"at":30000', 'at:30000')],
    ['another version', recording.replace('"version":1', '"version":2')],
  ])('is not made of %s', (_what, text) => {
    expect(() => recordingPage(text)).toThrow(TypeError);
  });
});

describe('In a browser', { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amtkit-page-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Opens the page with something done to it, and looks at it. Beside the picture it is green once the time is `expected`. */
  async function look(expected: string, doing = ''): Promise<(x: number, y: number) => number[]> {
    const [page, picture] = [join(folder, 'page.html'), join(folder, 'page.png')];
    const check = `setInterval(() => {
      document.body.style.background = time.textContent === ${JSON.stringify(expected)} ? '#00ff00' : '#ff00ff';
    }, 20);`;
    await writeFile(page, `${recordingPage(recording)}<script>${doing}${check}</script>`);
    const program = findProgram('chromium', 'chromium-browser', 'google-chrome') as string;
    await promisify(execFile)(program, [
      ...['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`],
      ...['--window-size=800,600', '--virtual-time-budget=8000', `--screenshot=${picture}`, `file://${page}`],
    ]);
    const { width, channels, data } = decode(await readFile(picture));
    return (x, y) => near([...data.subarray(channels * (y * width + x)).subarray(0, 3)]);
  }

  const near = (colour: readonly number[]) => colour.map((level) => (level > 100 ? 1 : 0));

  const [RED, BLUE, GREEN] = [
    [1, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
  ];

  it('it shows the first picture, and how long it is', needs('chromium'), async () => {
    const at = await look('0:00 / 1:01');
    expect([at(300, 250), at(500, 250), at(5, 250)]).toEqual([RED, RED, GREEN]);
  });

  it('it shows any moment, forwards and back', needs('chromium'), async () => {
    const later = await look('0:45 / 1:01', "seek.value = '45000'; seek.dispatchEvent(new Event('input'));");
    expect([later(300, 250), later(500, 250), later(5, 250)]).toEqual([RED, BLUE, GREEN]);
    const back = await look(
      '0:10 / 1:01',
      "for (const v of ['45000', '10000']) { seek.value = v; seek.dispatchEvent(new Event('input')); }",
    );
    expect([back(500, 250), back(5, 250)]).toEqual([RED, GREEN]);
  });

  it('it plays to the end, without the pauses', needs('chromium'), async () => {
    const at = await look('1:01 / 1:01', "speed.value = '16'; play.click();");
    expect([at(300, 250), at(500, 250), at(5, 250)]).toEqual([RED, BLUE, GREEN]);
  });
});
