import { describe, expect, it } from 'vitest';
import { fieldsFromJson, fieldsOf, fieldXml, linesOf, plainOf, selectorsOf, xmlOf } from './wsman-text.ts';

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

  it('fields become XML with everything escaped', () => {
    expect(fieldXml('Name', '<&>')).toBe('<r:Name>&lt;&amp;&gt;</r:Name>');
    expect(fieldXml('Realms', ['2', '3'])).toBe('<r:Realms>2</r:Realms><r:Realms>3</r:Realms>');
    expect(fieldXml('Nested', { A: 1, B: true })).toBe('<r:Nested><r:A>1</r:A><r:B>true</r:B></r:Nested>');
    const reference = fieldXml('ManagedElement', {
      className: 'CIM_ComputerSystem',
      selectors: { Name: 'ManagedSystem' },
    });
    expect(reference).toContain('cim-schema/2/CIM_ComputerSystem</ResourceURI>');
    expect(reference).toContain('<Selector Name="Name">ManagedSystem</Selector>');
  });

  it('elements lose their attributes and keep every value as text', () => {
    const element = {
      '@xmlns': 'x',
      A: '007',
      B: { '@nil': 'true' },
      C: { '@lang': 'en', '#text': 'y' },
      D: ['1', '2'],
    };
    expect(plainOf(element)).toEqual({ A: '007', B: '', C: 'y', D: ['1', '2'] });
    expect(linesOf(element)).toEqual(['A: 007', 'B: ', 'C: y', 'D: ["1","2"]']);
    expect(xmlOf('AMT_GeneralSettings', { HostName: 'a&b' })).toBe(
      '<r:AMT_GeneralSettings xmlns:r="http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings"><r:HostName>a&amp;b</r:HostName></r:AMT_GeneralSettings>',
    );
  });
});
