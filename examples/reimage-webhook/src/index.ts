/** Tells a web service how reimages ended: a POST of JSON, signed, sent again a few times where it did not arrive. */
import { definePlugin } from '@amtkit/core/automation';
import { z } from 'zod';
import { deliver } from './deliver.ts';

const options = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Key of the signature: text, or the name of a variable of the environment. */
  secret: z
    .union([z.string().min(16), z.strictObject({ env: z.string().min(1) })])
    .transform((given, context) => {
      const secret = typeof given === 'string' ? given : (process.env[given.env] ?? '');
      if (secret.length >= 16) return secret;
      context.addIssue({ code: 'custom', message: 'names a variable that has fewer than 16 characters' });
      return z.NEVER;
    })
    .optional(),
  /** Which ends are told. */
  on: z
    .array(z.enum(['failed', 'finished']))
    .min(1)
    .default(['failed']),
  /** For one try. */
  timeoutSeconds: z.number().positive().max(60).default(10),
  /** After the first one. */
  retries: z.number().int().min(0).max(10).default(3),
  /** Before the first of them; each pause is twice as long as the one before. */
  retrySeconds: z.number().positive().max(60).default(2),
});

/** The plugin. */
export default definePlugin({
  name: 'reimage-webhook',
  options,

  reimageStage({ machine, media, transaction, stage }, { options, signal, log }) {
    if (stage.stage !== 'failed' && stage.stage !== 'finished') return;
    if (!options.on.includes(stage.stage)) return;
    const { bytes, percent } = stage.progress;
    const message = {
      event: `reimage.${stage.stage}`,
      machine,
      media,
      transaction,
      at: stage.at.toISOString(),
      message: stage.message,
      ...(stage.stage === 'failed' ? { code: stage.code, reason: stage.reason } : { verdict: stage.verdict }),
      bytes,
      percent,
    };
    // Nobody waits for it: retries may take minutes.
    deliver(JSON.stringify(message), options, signal).then(
      () => log(`${machine}: ${message.event} is told`),
      (error: Error) => log(`${machine}: ${message.event} is not told: ${error.message}`),
    );
  },
});
