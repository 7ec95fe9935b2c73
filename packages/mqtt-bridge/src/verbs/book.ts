/** Requests that change the machine book. Credentials are names from the book: secrets do not travel over MQTT. */
import { parseHost } from '@amtkit/core/automation';
import { z } from 'zod';
import { Unanswerable } from '../answer.ts';
import type { BridgeContext } from '../context.ts';
import { type Verb, verb } from './verb.ts';

/** `machine/add`, `machine/remove`, `machine/rename`, `reload`. */
export function bookVerbs({ book, state, fleet, reload }: BridgeContext): Readonly<Record<string, Verb>> {
  const theBook = (): NonNullable<typeof book> => {
    if (book !== undefined) return book;
    throw new Unanswerable('NOT_SUPPORTED', 'This bridge runs without a machine book.');
  };
  const name = z.string().min(1).max(200);
  return {
    'machine/add': verb(
      { name, host: name, credentials: name, tags: z.array(z.string()).optional() },
      async ({ name, host: typed, credentials, tags }) => {
        const { host, ports } = parseHost(typed);
        if (!theBook().credentials.has(credentials)) {
          const known = [...theBook().credentials.keys()];
          const offer = known.length === 0 ? 'it has none yet' : `it has ${known.join(', ')}`;
          throw new Unanswerable('INVALID_BOOK', `The book has no credentials called ${credentials}; ${offer}.`);
        }
        await theBook().addMachine(name, {
          host,
          ...(ports === undefined ? {} : { ports }),
          credentials,
          ...(tags === undefined ? {} : { tags }),
        });
        await fleet.sync();
        return { message: `${name} at ${typed} is in the book now.`, data: { name, host, credentials } };
      },
    ),
    'machine/remove': verb({ name }, async ({ name }) => {
      await theBook().removeMachine(name);
      await fleet.sync();
      return { message: `${name} is not in the book any more.`, data: { name } };
    }),
    'machine/rename': verb({ name, to: name }, async ({ name, to }) => {
      await theBook().renameMachine(name, to);
      state?.rename(name, to);
      await fleet.sync();
      return { message: `${name} is called ${to} now.`, data: { name, to } };
    }),
    reload: verb({}, async () => {
      theBook();
      const { changed, applied, restart } = await reload.now();
      const message = changed ? 'The book was read again.' : 'The book has not changed.';
      const advice = restart.length === 0 ? '' : ` The bridge has to be started again for ${restart.join(', ')}.`;
      return { message: message + advice, data: { changed, machines: fleet.machines.size, applied, restart } };
    }),
  };
}
