/** One request to the bridge: what it takes, and what it does. */
import { z } from 'zod';

/** A verb of `bridge/<id>/request/`. */
export interface Verb {
  readonly body: z.ZodType;
  serve(body: unknown, signal: AbortSignal): Promise<VerbAnswer>;
}

/** What came of it, when it went well. */
export interface VerbAnswer {
  /** One sentence. */
  readonly message: string;
  readonly data?: unknown;
}

/** States a verb; keys that are not in `shape` are refused. */
export function verb<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  serve: (body: z.output<z.ZodObject<Shape, z.core.$strict>>, signal: AbortSignal) => Promise<VerbAnswer>,
): Verb {
  return { body: z.strictObject(shape), serve: serve as Verb['serve'] };
}
