/** What every format of saved list is read into, before it is checked. */

/** One line or object of a list. */
export interface ListRow {
  /** 1-based: the line of a text, the place in an array. */
  readonly row: number;
  readonly name?: string | undefined;
  /** With ports behind it, perhaps. */
  readonly host?: string | undefined;
  readonly ports?: { readonly wsman?: number; readonly redirection?: number } | undefined;
  /** Absent: the list does not say, or says it in a way that cannot be relied on. */
  readonly tls?: 'auto' | 'on' | 'off' | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The password as it stands in the list, where decoding it was a guess. */
  readonly literalPassword?: string | undefined;
  readonly tags?: readonly string[];
  readonly uuid?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** Digest realm last seen. */
  readonly realm?: string | undefined;
  /** Sentences for a person about this machine. */
  readonly notes?: readonly string[];
}

/** A row or line that became no machine. */
export interface ListProblem {
  readonly row: number;
  /** A sentence. */
  readonly text: string;
}

/** A list, read. */
export interface List {
  readonly format: ListFormat;
  readonly rows: readonly ListRow[];
  readonly problems: readonly ListProblem[];
}

/** Where a list comes from. `hosts`: a text with one host a line. */
export type ListFormat = 'meshcommander' | 'meshcentral' | 'intel-migration' | 'amtkit' | 'csv' | 'hosts';

/** Text of a JSON value that should be text; empty text counts as absent. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return text.trim() === '' ? undefined : text;
}

/** What the words and numbers that lists use for TLS mean. */
export function tlsOf(value: unknown): 'auto' | 'on' | 'off' | undefined {
  const word = String(value ?? '')
    .trim()
    .toLowerCase();
  if (['1', 'true', 'yes', 'on', 'tls'].includes(word)) return 'on';
  if (['0', 'false', 'no', 'off', 'none'].includes(word)) return 'off';
  return word === 'auto' ? 'auto' : undefined;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
