/** Fields of a dialog that take a fixed value, or one from the message, the flow, the environment or an expression. */
import { InvalidFlow } from './problems.ts';
import type { Message, NodeConfig, Red, RedNode } from './red.ts';

/** A field, and the kind that was chosen for it, as the editor saves both. */
export interface TypedField {
  readonly value: unknown;
  readonly type: string;
}

/** The field `name` of a dialog; its kind stands in `nameType`, and where that is missing it is plain text. */
export function fieldOf(config: NodeConfig, name: string): TypedField {
  const saved = config as NodeConfig & Readonly<Record<string, unknown>>;
  return { value: saved[name], type: (saved[`${name}Type`] as string | undefined) ?? 'str' };
}

/** What a field is for this message; undefined where it was left empty. @throws InvalidFlow */
export async function evaluated(red: Red, node: RedNode, { value, type }: TypedField, msg: Message): Promise<unknown> {
  if (value === undefined || (value === '' && type !== 'str' && type !== 'json')) return undefined;
  if (type === 'str') return value === '' ? undefined : value;
  return await new Promise((resolve, reject) => {
    red.util.evaluateNodeProperty(value, type, node, msg, (error, result) => {
      if (error === null || error === undefined) return resolve(result === '' ? undefined : result);
      reject(new InvalidFlow(`${String(value)} cannot be evaluated: ${error.message ?? error}.`, { cause: error }));
    });
  });
}

/** Text of a field; undefined where it was left empty. @throws InvalidFlow where it is something else */
export async function textOf(red: Red, node: RedNode, config: NodeConfig, name: string, msg: Message) {
  const field = fieldOf(config, name);
  const value = await evaluated(red, node, field, msg);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new InvalidFlow(`${nameOf(name, field)} takes text, not ${JSON.stringify(value)?.slice(0, 60)}.`);
}

/** What a field is called in a sentence: by the property it is taken from. */
export function nameOf(name: string, { value, type }: TypedField): string {
  return type === 'msg' || type === 'flow' || type === 'global' ? `${type}.${String(value)}` : name;
}
