import { describe, expect, it } from 'vitest';
import {
  classNameOf,
  decodeReference,
  decodeSelectors,
  encodeReference,
  encodeSelectors,
  resourceUri,
} from './references.ts';
import { parseXml, type XmlObject } from './xml.ts';

describe('The URI of a class', () => {
  it.each([
    ['CIM_Chip', 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Chip'],
    ['AMT_GeneralSettings', 'http://intel.com/wbem/wscim/1/amt-schema/1/AMT_GeneralSettings'],
    ['IPS_OptInService', 'http://intel.com/wbem/wscim/1/ips-schema/1/IPS_OptInService'],
  ])('follows from its family: %s', (name, uri) => {
    expect(resourceUri(name)).toBe(uri);
    expect(resourceUri(uri)).toBe(uri);
    expect(classNameOf(uri)).toBe(name);
  });

  it('does not exist for other families, asked once or again', () => {
    for (const name of ['Win32_Process', 'Win32_Process', '', 'toString_x']) {
      expect(() => resourceUri(name)).toThrow(TypeError);
    }
  });
});

describe('Selectors', () => {
  it('with a reference among them are written and read', () => {
    const selectors = {
      ElementInContext: { className: 'AMT_PublicKeyCertificate', selectors: { InstanceID: 'Handle: <0>' } },
      Name: 'x & y',
    };
    const xml = encodeSelectors(selectors);
    expect(xml).toContain('<Selector Name="Name">x &amp; y</Selector>');
    expect(xml).toContain(
      '<Selector Name="ElementInContext"><EndpointReference xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">',
    );
    expect(decodeSelectors(parseXml(xml).SelectorSet)).toEqual(selectors);
  });

  it('that are none write nothing', () => {
    expect([encodeSelectors({}), encodeSelectors(undefined)]).toEqual(['', '']);
    expect(decodeSelectors(undefined)).toEqual({});
  });
});

describe('A reference', () => {
  it('of firmware is read, in its wrapping or without', () => {
    const inner =
      '<b:Address>default</b:Address><b:ReferenceParameters><c:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ComputerSystem</c:ResourceURI>' +
      '<c:SelectorSet><c:Selector Name="CreationClassName">CIM_ComputerSystem</c:Selector><c:Selector Name="Name">ManagedSystem</c:Selector></c:SelectorSet></b:ReferenceParameters>';
    const expected = {
      className: 'CIM_ComputerSystem',
      selectors: { CreationClassName: 'CIM_ComputerSystem', Name: 'ManagedSystem' },
    };
    for (const xml of [`<x>${inner}</x>`, `<x><b:EndpointReference>${inner}</b:EndpointReference></x>`]) {
      expect(decodeReference(parseXml(xml).x as XmlObject)).toEqual(expected);
    }
    expect(decodeReference(parseXml(`<x>${encodeReference(expected)}</x>`).x as XmlObject)).toEqual(expected);
  });

  it('to nothing is empty', () => {
    expect(decodeReference('')).toEqual({ className: '', selectors: {} });
  });
});
