/** What the dialogs of the editor choose from: machines, media and capabilities of a fleet. Never a credential. */
import { type Book, capabilities, openBook } from '@amtkit/core/automation';
import { type Choice, choiceOf } from '../derive.ts';
import type { AdminResponse, Red } from '../red.ts';
import { FLEET, type FleetNode } from './fleet-node.ts';

/** What a dialog is told. */
export interface Look {
  /** Path of the book. */
  readonly book: string | undefined;
  readonly machines: readonly { readonly name: string; readonly host: string; readonly tags: readonly string[] }[];
  readonly media: readonly string[];
  readonly capabilities: readonly Choice[];
}

/**
 * Answers dialogs. A fleet that runs is looked at by its id; the book of one that is not deployed yet by its path, which
 * takes the right to change flows.
 */
export function answerLooks(red: Red): void {
  red.httpAdmin.get(`/${FLEET}/running/:id`, red.auth.needsPermission(`${FLEET}.read`), ({ params }, response) => {
    const node = red.nodes.getNode(params.id ?? '');
    if (node?.type !== FLEET) return void response.status(404).json({ message: 'This fleet is not deployed yet.' });
    answer(response, async () => {
      const { fleet, book } = await (node as FleetNode).seat.open();
      const machines = [...fleet.machines.values()].map(({ name, host, tags }) => ({ name, host, tags }));
      return { ...ofBook(book), machines, capabilities: fleet.capabilities.map(choiceOf) };
    });
  });
  red.httpAdmin.get(`/${FLEET}/capabilities`, red.auth.needsPermission(`${FLEET}.read`), (_request, response) =>
    response.json({ capabilities: capabilities.map(choiceOf) }),
  );
  red.httpAdmin.get(`/${FLEET}/book`, red.auth.needsPermission(`${FLEET}.write`), ({ query }, response) => {
    const path = typeof query.path === 'string' && query.path.trim() !== '' ? query.path.trim() : undefined;
    answer(response, async () => ofBook(await openBook(path)));
  });
}

function ofBook(book: Book | undefined): Look {
  const machines = [...(book?.machines ?? [])].map(([name, { host, tags = [] }]) => ({ name, host, tags }));
  return {
    book: book?.path,
    machines,
    media: [...(book?.media.keys() ?? [])],
    capabilities: capabilities.map(choiceOf),
  };
}

/** A look that fails is told as a sentence for the person at the dialog. */
function answer(response: AdminResponse, look: () => Promise<Look>): void {
  look().then(
    (found) => response.json(found),
    (error: Error) => response.status(422).json({ message: error.message }),
  );
}
