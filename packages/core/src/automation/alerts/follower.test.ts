import { expect, test } from 'vitest';
import type { Alert } from '../../events/alert.ts';
import type { Trap } from '../../events/pet.ts';
import { AlertFollower } from './follower.ts';
import { defaultAlertPatience } from './settings.ts';

const trap = (sequence: number): Trap => ({
  community: 'public',
  agent: '10.0.0.9',
  guid: new Uint8Array(16),
  sequence,
  ticks: 0,
  over: false,
  record: {
    seconds: 1_767_225_600 + sequence,
    deviceAddress: 0xff,
    sensorType: 5,
    eventType: 0x6f,
    offset: 0,
    sourceType: 0x68,
    severity: 'critical',
    sensorNumber: 0xff,
    entity: 23,
    entityInstance: 0,
    data: new Uint8Array(8),
  },
});

test('a flood of traps, which anybody can send, is cut off, and said once', async () => {
  const told: Alert[] = [];
  const log: string[] = [];
  const follower = new AlertFollower({
    machine: 'office-pc',
    patience: defaultAlertPatience,
    online: () => false,
    use: () => Promise.reject(new Error('nobody is asked')),
    tell: (alert) => told.push(alert),
    log: (line) => log.push(line),
  });
  for (let sequence = 1; sequence <= 1000; sequence++) follower.trapped(trap(sequence));
  await follower.stop();
  expect(told).toHaveLength(60);
  expect(log).toEqual(['office-pc: more than 60 traps came in its name within a minute; the others are not told']);
  follower.trapped(trap(5000));
  expect(told).toHaveLength(60);
});
