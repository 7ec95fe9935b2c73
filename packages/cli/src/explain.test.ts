import { describe, expect, it } from 'vitest';
import { meaningsOf } from './explain.ts';

describe('What a code means', () => {
  it.each([
    ['4', 'exit code of amt', /user or the password/],
    ['0x10', 'result of Intel services (PT_STATUS)', /NOT_PERMITTED/],
    ['503', 'HTTP status of the firmware', /Too many connections/],
    ['4099', /^result of /, /Busy/],
    ['34849', /32768 above/, /USER_CONSENT_REQUIRED/],
    ['AccessDenied', 'WS-Management fault', /realm/],
    ['e:accessdenied', 'WS-Management fault', /realm/],
    ['METHOD_FAILED', 'error code, exit code 7', /Refused/],
    ['STEP_FAILED', 'error code, exit code 12', /amt sol expect/],
    ['not_finished', 'error code, exit code 12', /did not come in time/],
    ['NOT_READY', /PT_STATUS/, /Not ready/],
    ['AMT_STATUS_NOT_READY', /PT_STATUS/, /Not ready/],
    ['16.5', 'audit log', /Access with wrong credentials/],
    ['iamt52.1', 'alert of the firmware', /^Remote desktop session opened$/],
    ['iAMT0033', 'alert of the firmware', /^Audit log is full$/],
    ['PLAT0004', 'alert of the firmware', /^Case opened$/],
  ])('%s is explained', (code, where, meaning) => {
    const found = meaningsOf(code).find((each) =>
      typeof where === 'string' ? each.where === where : where.test(each.where),
    );
    expect(found?.meaning).toMatch(meaning);
  });

  it('of the 21 bytes of an event is what the log says in words', () => {
    const [found] = meaningsOf('00e1f505ff0f6f026808ff220040070000000000aa');
    expect(found).toMatchObject({ where: 'event log' });
    expect(found?.meaning).toMatch(/^1973-03-03T09:46:40Z, warning, BIOS: /);
  });

  it('of a message with several meanings is all of them', () => {
    expect(meaningsOf('iAMT0064').map(({ code, meaning }) => [code, meaning])).toEqual([
      ['iAMT0064.1', 'User consent is given'],
      ['iAMT0064.2', 'User consent has ended'],
      ['iAMT0064.3', 'User consent is asked for'],
      ['iAMT0064.4', 'User consent policy changed'],
    ]);
  });

  it('is nothing where nothing is known', () => {
    for (const code of ['foo', 'iAMT0999', 'iAMT0064.9', 'PLAT', '99999', '', 'toString', '__proto__'])
      expect(meaningsOf(code)).toEqual([]);
  });
});
