import { describe, expect, it } from 'vitest';
import { MethodFailed } from '../errors.ts';
import { returnValue } from './class.ts';
import { checkReturnValue } from './refusals.ts';

const TABLE = { ReturnValue: returnValue({ Fine: 0, TooHot: 7 }) };

describe('A return value', () => {
  it.each([
    ['of a listed table', 'AMT_Thing', TABLE, 7, 'TooHot'],
    ['of Intel, not in the listed table', 'AMT_Thing', TABLE, 16, 'NOT_PERMITTED'],
    ['of Intel', 'AMT_Thing', {}, 2, 'NOT_READY'],
    ['of Intel in a class of the IPS family', 'IPS_Thing', {}, 2058, 'DUPLICATE'],
    ['of a standard method', 'CIM_Thing', {}, 2, 'Unknown or Unspecified Error'],
    ['of Intel in a standard method', 'CIM_Thing', {}, 32_768 + 2081, 'USER_CONSENT_REQUIRED'],
    ['of nobody', 'AMT_Thing', {}, 9999, 'unknown result'],
  ])('%s has its name', (_whose, className, output, value, name) => {
    const check = () => checkReturnValue('office-pc', className, 'Do', output, { ReturnValue: String(value) });
    expect(check).toThrow(MethodFailed);
    expect(check).toThrow(`office-pc refused ${className}.Do: ${name} (ReturnValue ${value}).`);
  });
});
