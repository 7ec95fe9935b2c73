import { describe, expect, it } from 'vitest';
import { fieldsFromJson, fieldsOf, linesOf, selectorsOf, xmlOf } from './wsman-text.ts';

describe('WS-Management as text', () => {
  it('pairs are fields, and a name that comes again is a list', () => {
    expect(fieldsOf(['A=1', 'B=x=y', 'A=2', 'C='])).toEqual({ A: ['1', '2'], B: 'x=y', C: '' });
    expect(() => fieldsOf(['oops'])).toThrow('oops is not of the form Name=Value.');
  });

  it('selectors stand with commas between', () => {
    expect(selectorsOf('InstanceID=Intel(r) AMT Ethernet Port Settings 0')).toEqual({
      InstanceID: 'Intel(r) AMT Ethernet Port Settings 0',
    });
    expect(selectorsOf('A=1,B=2')).toEqual({ A: '1', B: '2' });
    expect(selectorsOf(undefined)).toBeUndefined();
  });

  it('JSON on stdin must be an object', () => {
    expect(fieldsFromJson('{"A":"1"}')).toEqual({ A: '1' });
    for (const text of ['', 'x', '[]', '1', 'null']) expect(() => fieldsFromJson(text)).toThrow(/stdin is not/);
  });

  it('elements are lines, or XML', () => {
    const element = {
      '@xmlns': 'x',
      A: '007',
      B: { '@nil': 'true' },
      C: { '@lang': 'en', '#text': 'y' },
      D: ['1', '2'],
    };
    expect(linesOf(element)).toEqual(['A: 007', 'B: ', 'C: y', 'D: ["1","2"]']);
    expect(xmlOf('AMT_GeneralSettings', { HostName: 'a&b' })).toBe(
      '<r:AMT_GeneralSettings xmlns:r="http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings"><r:HostName>a&amp;b</r:HostName></r:AMT_GeneralSettings>',
    );
  });
});
