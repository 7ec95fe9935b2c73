/** The node `amt-machine`: one PC of a fleet, one with an address and credentials of its own, or the one a message names. */
import { nearest } from '@amtkit/core/automation';
import { followEndings } from '../fleet/endings.ts';
import { type FleetNode, fleetNode } from '../fleet/fleet-node.ts';
import { createPool, type Seat } from '../fleet/pool.ts';
import { InvalidFlow, UnknownMachine } from '../problems.ts';
import type { Message, Red, RedNode } from '../red.ts';
import { guestOf, type MachineConfig } from './guest.ts';
import { MACHINE, type MachineNode, type Reached } from './machine-node.ts';
import { answerTests } from './test-connection.ts';

/** Registers the node. */
export default function register(RED: Red): void {
  /** Fleets of machines that belong to none. */
  const pool = createPool();
  const endingOf = followEndings(RED.events);
  answerTests(RED);

  function AmtMachine(this: RedNode, config: MachineConfig): void {
    RED.nodes.createNode(this, config);
    const { source = 'book' } = config;
    const own = source === 'host' && (config.fleet ?? '') === '';
    const settings = { book: undefined, pollSeconds: 30, listen: '', strictTls: false };
    const ownSeat = own
      ? pool.take(this.id, settings, { info: (line) => this.log(line), warn: (line) => this.warn(line) })
      : undefined;
    const seat = (): Seat => ownSeat ?? fleetNode(RED, config.fleet).seat;

    const labelFor = (msg: Message): string => {
      if (source === 'host') return this.name || (config.host ?? '');
      if (source === 'book') return config.machine ?? '';
      return named(RED.util.getMessageProperty(msg, config.property || 'machine'), config.property || 'machine');
    };
    const reach = async (msg: Message): Promise<Reached> => {
      const label = labelFor(msg);
      const taken = seat();
      if (source === 'host') {
        const machine = await taken.join(this.id, guestOf(config, this.credentials));
        return { fleet: (await taken.open()).fleet, seat: taken, machine };
      }
      if (label === '')
        throw new InvalidFlow('No machine of the book is chosen.', { hint: 'Choose one in the dialog.' });
      const { fleet, book } = await taken.open();
      if (!fleet.machines.has(label)) throw unknown(label, [...fleet.machines.keys()], book?.path);
      return { fleet, seat: taken, machine: label };
    };
    Object.assign(this, { perMessage: source === 'message', seat, labelFor, reach } satisfies Omit<
      MachineNode,
      keyof RedNode
    >);

    this.on('close', (removed, done) => {
      const ending = endingOf(removed);
      const left = ownSeat?.leave(ending) ?? parted(RED, config, (fleet) => fleet.seat.part(this.id, ending));
      void left.finally(done);
    });
  }
  RED.nodes.registerType(MACHINE, AmtMachine, {
    credentials: { user: { type: 'text' }, password: { type: 'password' } },
  });
}

/** Its fleet may be gone already, and then so is the machine. */
async function parted(RED: Red, { fleet }: MachineConfig, part: (node: FleetNode) => Promise<void>): Promise<void> {
  const node = fleet === undefined || fleet === '' ? undefined : RED.nodes.getNode(fleet);
  if (node !== undefined && node !== null && 'seat' in node) await part(node as FleetNode);
}

/** @throws InvalidFlow */
function named(given: unknown, property: string): string {
  if (typeof given === 'string' && given !== '') return given;
  const came = given === undefined ? 'and it is missing' : `not ${JSON.stringify(given)?.slice(0, 60)}`;
  throw new InvalidFlow(`msg.${property} takes the name of a machine of the book, ${came}.`);
}

function unknown(name: string, names: readonly string[], path: string | undefined): UnknownMachine {
  const near = nearest(name, names);
  return new UnknownMachine(
    `There is no machine called ${JSON.stringify(name)} in the book${path === undefined ? '' : ` ${path}`}.`,
    near === undefined ? {} : { hint: `Did you mean ${near}?` },
  );
}
