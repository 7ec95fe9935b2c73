import { describe, expect, test } from 'vitest';
import { MethodFailed } from '../errors.ts';
import { type Script, scriptedFirmware } from '../testing/scripted-firmware.ts';
import { consentOf } from './consent.ts';

const service = (state: number) => `<OptInRequired>4294967295</OptInRequired><OptInState>${state}</OptInState>`;
const result = (value: number) => `<ReturnValue>${value}</ReturnValue>`;

/** A firmware that goes through these states, one each time it is asked, and refuses the code with this number. */
const firmware = (states: readonly number[], refusal = 0, more: Script = {}) =>
  scriptedFirmware({
    'Get IPS_OptInService': states.map(service),
    'IPS_OptInService.StartOptIn': result(0),
    'IPS_OptInService.SendOptInCode': result(refusal),
    ...more,
  });

describe('a request for consent', () => {
  test('waits until the code is on the screen', async () => {
    const { wsman, asked } = firmware([0, 1, 2]);
    expect(await consentOf(wsman).request()).toMatchObject({ state: 'displayed' });
    expect(asked.filter((key) => key.endsWith('StartOptIn'))).toHaveLength(1);
  });

  test('does not wait for ever for a machine that shows none', async () => {
    const { wsman } = firmware([0, 1]);
    expect(await consentOf(wsman).request({ timeoutMs: 1 })).toMatchObject({ state: 'requested' });
  });

  test('leaves a code that is shown as it is', async () => {
    const { wsman, asked } = firmware([2]);
    expect(await consentOf(wsman).request()).toMatchObject({ state: 'displayed' });
    expect(asked).toEqual(['Get IPS_OptInService']);
  });
});

describe('a consent code that is refused', () => {
  // Which number a wrong code gives is not documented.
  test.each([2, 2066])('says that it was wrong, also with ReturnValue %i', async (number) => {
    const refused = consentOf(firmware([2], number).wsman).send('123456');
    await expect(refused).rejects.toBeInstanceOf(MethodFailed);
    await expect(refused).rejects.toMatchObject({
      message: `office-pc did not accept the consent code (ReturnValue ${number}).`,
      hint: expect.stringContaining('Read it again from the screen of the machine'),
      returnValue: number,
    });
  });

  test.each([
    ['before it is shown', [1], /does not show its consent code yet/],
    ['before it was asked for', [0], /shows no consent code now/],
    ['once too often', [2, 0], /did not accept the consent code, and does not show it any more/],
    ['after it was given', [3], /has been given its consent already/],
  ] as const)('%s says so', async (_, states, message) => {
    await expect(consentOf(firmware(states, 2).wsman).send('123456')).rejects.toThrow(message);
  });

  test('by a firmware in trouble keeps the words of the firmware', async () => {
    const { wsman } = firmware([2], 1);
    await expect(consentOf(wsman).send('123456')).rejects.toThrow('Internal Error (ReturnValue 1)');
  });

  test('never repeats the code', async () => {
    const error = await consentOf(firmware([2], 2066).wsman)
      .send('123456')
      .catch((error: MethodFailed) => error);
    expect(JSON.stringify([(error as MethodFailed).message, (error as MethodFailed).hint])).not.toContain('123456');
  });
});
