import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readDocument } from './document.ts';
import { machineSchema } from './schema.ts';

const text = await readFile(new URL('../../../../docs/book.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example]) => example ?? '');

describe('docs/book.md', () => {
  test.each(examples)('this example is a book: %j', (example) => {
    expect(Object.keys(readDocument(example, 'book.md').content)).toContain('machines');
  });

  test('the defaults it lists are the defaults', () => {
    const [listed = ''] = examples.filter((example) => example.includes('responsePrefixes'));
    expect(readDocument(listed, 'book.md').content.bridge).toEqual(readDocument('', 'book.md').content.bridge);
  });

  test('it has a word on every key of a machine', () => {
    for (const key of Object.keys(machineSchema.shape)) expect(text).toContain(`\`${key}\``);
  });
});
