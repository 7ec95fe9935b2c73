import { describe, expect, it } from 'vitest';
import { fieldXml, plainElement } from './raw-fields.ts';

describe('Elements as plain data', () => {
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

  it('lose their attributes and keep every value as text', () => {
    const element = {
      '@xmlns': 'x',
      A: '007',
      B: { '@nil': 'true' },
      C: { '@lang': 'en', '#text': 'y' },
      D: ['1', '2'],
    };
    expect(plainElement(element)).toEqual({ A: '007', B: '', C: 'y', D: ['1', '2'] });
  });
});
