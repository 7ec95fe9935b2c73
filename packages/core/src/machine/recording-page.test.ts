import { describe, expect, it } from 'vitest';
import { recordingPage } from './recording-page.ts';

const HEAD = { amtkit: 'screen', version: 1, title: 'office-pc </script>', startedAt: '2031-05-04T03:02:01.000Z' };

const lines = [
  HEAD,
  { at: 0, width: 640, height: 400 },
  { at: 0, x: 0, y: 0, width: 640, height: 400, png: 'iVBORw0KGgo=' },
  { at: 30_000, x: 320, y: 0, width: 320, height: 400, png: 'iVBORw0KGgo=' },
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
