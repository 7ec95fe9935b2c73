import { describe, expect, test } from 'vitest';
import { fromHex } from '../../bytes/hex.ts';
import type { FleetMachine } from '../changes.ts';
import { addressOf, isEverywhere, localAddressTowards } from './address.ts';
import { createSenders } from './senders.ts';

const machine = (name: string, host: string, uuid?: string) =>
  [name, { name, host, firmware: uuid === undefined ? undefined : { uuid } } as FleetMachine] as const;

const machines = new Map([
  machine('office-pc', '10.0.0.9', '4c4c4544-0048-3310-8039-c8c04f335231'),
  machine('lab-pc', '10.0.0.10'),
  machine('twin-1', '10.0.0.11'),
  machine('twin-2', '10.0.0.11'),
  machine('near-pc', 'localhost'),
]);
const NOBODY = new Uint8Array(16).fill(0xff);

describe('the sender of a trap', () => {
  test.each([
    ['its UUID as firmware keeps it', '44 45 4c 4c 48 00 10 33 80 39 c8 c0 4f 33 52 31'],
    ['its UUID as it is written', '4c 4c 45 44 00 48 33 10 80 39 c8 c0 4f 33 52 31'],
  ])('is known by %s, wherever it comes from', (_how, guid) => {
    expect(createSenders(machines).machineOf({ guid: fromHex(guid), agent: '0.0.0.0' }, '192.0.2.1')).toBe('office-pc');
  });

  test('is known by the address it has, else by the one it comes from', () => {
    const senders = createSenders(machines);
    expect(senders.machineOf({ guid: NOBODY, agent: '10.0.0.10' }, '10.0.0.9')).toBe('lab-pc');
    expect(senders.machineOf({ guid: NOBODY, agent: '0.0.0.0' }, '10.0.0.10')).toBe('lab-pc');
    expect(senders.machineOf({ guid: NOBODY, agent: '192.168.0.2' }, '10.0.0.10')).toBe('lab-pc');
  });

  test('is nobody where it cannot be told from another', () => {
    const senders = createSenders(machines);
    expect(senders.machineOf({ guid: NOBODY, agent: '10.0.0.11' }, '192.0.2.1')).toBeUndefined();
    expect(senders.machineOf({ guid: new Uint8Array(16), agent: '0.0.0.0' }, '192.0.2.1')).toBeUndefined();
  });

  test('is known by the address behind its name, until it is forgotten', async () => {
    const senders = createSenders(machines);
    const address = (await addressOf('localhost')) ?? '';
    expect(senders.machineOf({ guid: NOBODY, agent: address }, '192.0.2.1')).toBeUndefined();
    await senders.learn('near-pc');
    expect(senders.machineOf({ guid: NOBODY, agent: address }, '192.0.2.1')).toBe('near-pc');
    senders.forget('near-pc');
    expect(senders.machineOf({ guid: NOBODY, agent: address }, '192.0.2.1')).toBeUndefined();
  });
});

describe('the address of this computer', () => {
  test('is the one that leads to a machine', async () => {
    expect(await localAddressTowards('127.0.0.1')).toBe('127.0.0.1');
  });

  test('is none where nothing leads there', async () => {
    expect(await localAddressTowards('no-such-machine.invalid')).toBeUndefined();
  });

  test.each([
    ['0.0.0.0', true],
    ['::', true],
    ['10.0.0.1', false],
  ])('%s stands for all of them: %s', (host, everywhere) => {
    expect(isEverywhere(host)).toBe(everywhere);
  });
});
