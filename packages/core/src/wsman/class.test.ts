import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import {
  array,
  boolean,
  datetime,
  datetimeOrText,
  decodeFields,
  decodeInstance,
  defineClass,
  embedded,
  encodeField,
  encodeFields,
  encodeRaw,
  interval,
  named,
  octets,
  optional,
  reference,
  sint32,
  string,
  uint8,
  uint16,
  uint64,
  type ValueType,
} from './class.ts';
import { parseXml, type XmlObject } from './xml.ts';

const DATE =
  '<r:X><p:Datetime xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/common">2024-01-03T00:44:35Z</p:Datetime></r:X>';
const SPAN = '<r:X><p:Interval xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/common">P1DT23H59M59S</p:Interval></r:X>';
const POINTER =
  '<r:X><Address xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</Address>' +
  '<ReferenceParameters xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing"><ResourceURI xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ComputerSystem</ResourceURI>' +
  '<SelectorSet xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Selector Name="Name">ManagedSystem</Selector></SelectorSet></ReferenceParameters></r:X>';
const TEMPERATURE = { Cold: 0, Hot: 7 } as const;

/** What firmware sends and what it means; written back it is the same. */
const SAME: [string, ValueType<never>, unknown, string][] = [
  ['text', string, 'a <b> & "c"', '<r:X>a &lt;b&gt; &amp; &quot;c&quot;</r:X>'],
  ['empty text', string, '', '<r:X></r:X>'],
  ['true', boolean, true, '<r:X>true</r:X>'],
  ['false', boolean, false, '<r:X>false</r:X>'],
  ['a small number', uint8, 255, '<r:X>255</r:X>'],
  ['a negative number', sint32, -2147483648, '<r:X>-2147483648</r:X>'],
  ['a large number', uint64, 9007199254740991, '<r:X>9007199254740991</r:X>'],
  ['a name', named(uint16, TEMPERATURE), 'Hot', '<r:X>7</r:X>'],
  ['a number without a name', named(uint16, TEMPERATURE), 8, '<r:X>8</r:X>'],
  ['a date', datetime, new Date('2024-01-03T00:44:35Z'), DATE],
  ['a date that is none', datetimeOrText, '2024-31-31', DATE.replace('2024-01-03T00:44:35Z', '2024-31-31')],
  ['a span', interval, 'P1DT23H59M59S', SPAN],
  ['bytes', octets, Uint8Array.of(0, 1, 255), '<r:X>AAH/</r:X>'],
  ['a list of one', array(uint8), [1], '<r:X>1</r:X>'],
  ['a list', array(uint8), [1, 2], '<r:X>1</r:X><r:X>2</r:X>'],
  ['a pointer', reference, { className: 'CIM_ComputerSystem', selectors: { Name: 'ManagedSystem' } }, POINTER],
] as never;

describe('A value', () => {
  it.each(SAME)('that is %s is read and written', (_what, type, value, xml) => {
    const { all } = parseXml(`<all>${xml}</all>`) as { all: XmlObject };
    expect(decodeFields({ X: type }, all, 'C')).toEqual({ X: value });
    expect(encodeField(type, 'X', value)).toBe(xml);
  });

  it.each([
    ['1', boolean, true],
    ['0', boolean, false],
    ['+5', uint8, 5],
    ['A A\nE=', octets, Uint8Array.of(0, 1)],
  ] as [string, ValueType<unknown>, unknown][])('may be spelled %j', (text, type, value) => {
    expect(type.decode(text, 'C.X')).toEqual(value);
  });

  it.each([
    ['yes', boolean],
    ['256', uint8],
    ['-1', uint8],
    ['1.5', uint8],
    ['', uint8],
    ['0x10', uint8],
    ['9007199254740992', uint64],
    ['soon', datetime],
    ['A', octets],
    ['!!!!', octets],
  ] as [string, ValueType<unknown>][])('cannot be %j', (text, type) => {
    expect(() => type.decode(text, 'C.X')).toThrow(ProtocolError);
    expect(() => type.decode(text, 'C.X')).toThrow(/^C\.X ought to be /);
  });

  it('that is absent or nil stays absent', () => {
    const element = parseXml('<a xmlns:i="x"><B i:nil="true"/><C/></a>').a as XmlObject;
    expect(decodeFields({ A: string, B: string, C: string }, element, 'C')).toEqual({ C: '' });
  });

  it('that cannot be sent is a mistake of the caller', () => {
    expect(() => uint8.encode(256)).toThrow(TypeError);
    expect(() => uint8.encode(Number.NaN)).toThrow(TypeError);
    expect(() => named(uint16, TEMPERATURE).encode('Warm' as 'Hot')).toThrow('"Warm" is none of Cold, Hot.');
    expect(() => encodeFields({ A: string }, { B: 'x' }, 'C.M')).toThrow('C.M has no field B.');
  });
});

describe('Fields', () => {
  it('are written in the order of the definition, without those that are not given', () => {
    const fields = { B: uint8, A: optional(string), C: boolean };
    expect(encodeFields(fields, { C: true, A: undefined, B: 1 }, 'C.M')).toBe('<r:B>1</r:B><r:C>true</r:C>');
  });

  it('of an instance inside a parameter are in the namespace of its class', () => {
    const inner = defineClass({ name: 'CIM_WiFiEndpointSettings', properties: { ElementName: string } });
    const uri = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_WiFiEndpointSettings';
    const xml = `<r:In><e:ElementName xmlns:e="${uri}">home &lt;e:ElementName&gt;</e:ElementName></r:In>`;
    expect(encodeField(embedded(inner), 'In', { ElementName: 'home <e:ElementName>' })).toBe(xml);
    const read = parseXml(xml.replaceAll('r:', '')).In as XmlObject;
    expect(embedded(inner).decode(read, 'In')).toEqual({ ElementName: 'home <e:ElementName>' });
  });
});

describe('What was read', () => {
  const thing = defineClass({ name: 'AMT_Thing', properties: { A: uint8 } });

  it('keeps its class and everything as text', () => {
    const element = parseXml('<AMT_Other><A>1</A><B>x</B></AMT_Other>').AMT_Other as XmlObject;
    expect(decodeInstance(thing, 'AMT_Other', element)).toEqual({
      A: 1,
      className: 'AMT_Other',
      raw: { A: '1', B: 'x' },
    });
  });

  it.each([
    ['text', '<r:X>a&amp;b</r:X>'],
    ['nothing', '<r:X></r:X>'],
    ['a list', '<r:X>1</r:X><r:X></r:X>'],
    ['children', '<r:X><r:Y>1</r:Y><r:Z>2</r:Z></r:X>'],
    ['a date', DATE],
    ['a span', SPAN],
    ['a pointer', POINTER],
  ])('is written back as it was where it is %s', (_what, xml) => {
    const { X } = (parseXml(`<all>${xml}</all>`) as { all: XmlObject }).all;
    expect(encodeRaw('X', X as never)).toBe(xml);
  });
});
