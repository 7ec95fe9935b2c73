/** The text of a book after a change: only the lines that had to change, and only if the result is a book. */
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { check, plainData, readDocument } from './document.ts';
import { type BookDraft, draftOf, textOf } from './draft.ts';
import { keepUntouchedLines } from './untouched-lines.ts';

/** @throws InvalidBook when the text, or what would become of it, is not a book */
export function editedText(text: string, file: string, change: (draft: BookDraft) => void): string {
  const { document } = readDocument(text, file);
  const before = textOf(document, text);
  change(draftOf(document, file));
  const after = textOf(document, text);
  if (after === before) return text;
  const wanted = plainData(document, file);
  check(wanted, file, { lineOf: () => undefined }, 'Nothing was changed.');
  const gentle = keepUntouchedLines(text, before, after);
  return gentle !== undefined && says(gentle, wanted, file) ? gentle : after;
}

function says(text: string, wanted: unknown, file: string): boolean {
  const document = parseDocument(text, { prettyErrors: false });
  return document.errors.length === 0 && isDeepStrictEqual(plainData(document, file), wanted);
}
