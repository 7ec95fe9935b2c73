/** The button *Test connection* of the dialog: one try, and what came of it, the certificate included. */
import { type AmtError, Untrusted } from '@amtkit/core';
import { createFleet, hostWithPorts, openState } from '@amtkit/core/automation';
import { type FleetNode, fleetNode } from '../fleet/fleet-node.ts';
import { InvalidFlow, problemOf } from '../problems.ts';
import type { Red } from '../red.ts';
import { guestOf, type MachineConfig, type MachineCredentials } from './guest.ts';
import { MACHINE } from './machine-node.ts';

/** What is shown in the dialog. */
export type Tested =
  | {
      readonly ok: true;
      readonly host: string;
      readonly version: string;
      readonly power: string;
      /** Of the certificate that was presented; absent without TLS. */
      readonly fingerprint?: string | undefined;
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly hint?: string | undefined;
      /** Of a certificate that is not the one that was confirmed. */
      readonly presented?: string | undefined;
    };

/** What stands in place of a password that the editor does not know. */
const UNCHANGED = '__PWRD__';
/** How long one try may take. */
const SECONDS = 30;

/** Answers the button. */
export function answerTests(red: Red): void {
  red.httpAdmin.post(`/${MACHINE}/test`, red.auth.needsPermission(`${MACHINE}.write`), ({ body }, response) => {
    test(red, body as MachineConfig & { readonly credentials?: MachineCredentials }).then(
      (tested) => response.json(tested),
      (error: unknown) => response.json(failed(problemOf(error))),
    );
  });
}

async function test(
  red: Red,
  { credentials: entered = {}, ...config }: MachineConfig & { readonly credentials?: MachineCredentials },
): Promise<Tested> {
  const signal = AbortSignal.timeout(SECONDS * 1_000);
  if (config.source === 'book') return await testOfBook(fleetNode(red, config.fleet), config.machine ?? '', signal);
  if (config.source !== 'host') throw new InvalidFlow('Only a message says which machine this is.');
  const kept = red.nodes.getCredentials(config.id) ?? {};
  const password = entered.password === UNCHANGED ? kept.password : entered.password;
  const guest = guestOf(config, { user: entered.user ?? kept.user, password });
  // What is accepted here is accepted by the person at the dialog, and by nobody before: nothing is learned.
  const known = (await openState()).machine(hostWithPorts(guest.host, guest.ports?.wsman))?.fingerprint;
  await using fleet = await createFleet({ poll: false });
  const name = await fleet.add({ ...(known === undefined ? {} : { fingerprint: known }), ...guest });
  const machine = await fleet.machine(name, { signal });
  const power = await fleet.read(name, 'power.state', { signal });
  return told(guest.host, machine.firmware.version, power, machine.certificate?.fingerprint);
}

async function testOfBook({ seat }: FleetNode, name: string, signal: AbortSignal): Promise<Tested> {
  const { fleet } = await seat.open();
  const machine = await fleet.machine(name, { signal });
  const power = await fleet.read(name, 'power.state', { signal });
  return told(machine.host, machine.firmware.version, power, machine.certificate?.fingerprint);
}

function told(host: string, version: string, power: unknown, fingerprint: string | undefined): Tested {
  return { ok: true, host, version, power: String(power), fingerprint };
}

function failed(error: Error): Tested {
  const { code = 'UNEXPECTED', hint } = error as Partial<AmtError>;
  const presented = error instanceof Untrusted ? error.presented : undefined;
  return { ok: false, code, message: error.message, hint, presented };
}
