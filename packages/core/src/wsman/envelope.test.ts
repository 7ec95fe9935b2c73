import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { actions, decodeMessage, encodeRequest, identifyRequest } from './envelope.ts';
import { decodeFault } from './fault.ts';

/** Firmware's style: one line, prefixes by letter. [DSP0226 §5] */
const REPLY =
  '<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope" xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:c="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:g="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Chip" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
  '<a:Header><b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To><b:RelatesTo>1</b:RelatesTo><b:Action a:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</b:Action><b:MessageID>uuid:00000000-8086-8086-8086-0000000002E4</b:MessageID><c:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Chip</c:ResourceURI></a:Header>' +
  '<a:Body><g:CIM_Chip><g:CanBeFRUed>true</g:CanBeFRUed></g:CIM_Chip></a:Body></a:Envelope>';

const FAULT =
  '<a:Envelope xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:a="http://www.w3.org/2003/05/soap-envelope"><a:Header></a:Header><a:Body>' +
  '<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>b:DestinationUnreachable</a:Value></a:Subcode></a:Code><a:Reason><a:Text xml:lang="en-US">No route can be determined to reach the destination role defined by the WSAddressing To.</a:Text></a:Reason><a:Detail></a:Detail></a:Fault></a:Body></a:Envelope>';

const CHIP = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_Chip';

describe('A request', () => {
  it('is written with the headers firmware needs, and no more', () => {
    const text = encodeRequest({
      action: actions.get,
      resource: CHIP,
      selectors: { Tag: 'a & b' },
      messageId: '7',
    });
    expect(text).toBe(
      '<?xml version="1.0" encoding="utf-8"?><Envelope xmlns="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Header>' +
        '<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action><a:To>/wsman</a:To>' +
        `<w:ResourceURI>${CHIP}</w:ResourceURI><a:MessageID>7</a:MessageID>` +
        '<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout>' +
        '<SelectorSet xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Selector Name="Tag">a &amp; b</Selector></SelectorSet></Header><Body></Body></Envelope>',
    );
  });

  it('reads back as what was asked, however many different ones were asked before', () => {
    for (let i = 0; i < 1_200; i++) encodeRequest({ action: `a${i}`, resource: `r${i}`, messageId: '1' });
    const asked = { action: 'x/Do', resource: 'http://x/<y>', selectors: { A: 'b' }, messageId: '2', body: '<z/>' };
    const { action, resource, selectors, messageId, body } = decodeMessage(encodeRequest(asked));
    expect({ action, resource, selectors, messageId, body }).toEqual({ ...asked, body: { z: '' } });
  });

  it('for an identity has no addresses', () => {
    expect(decodeMessage(identifyRequest)).toMatchObject({ action: '', resource: '', body: { Identify: '' } });
  });
});

describe('A reply', () => {
  it('of firmware is read by local names', () => {
    expect(decodeMessage(REPLY)).toMatchObject({
      action: 'http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse',
      resource: CHIP,
      messageId: 'uuid:00000000-8086-8086-8086-0000000002E4',
      relatesTo: '1',
      selectors: {},
      body: { CIM_Chip: { CanBeFRUed: 'true' } },
    });
    expect(decodeFault(decodeMessage(REPLY).body)).toBeUndefined();
  });

  it('that ends anywhere in the middle is refused', () => {
    for (let length = 0; length < REPLY.length; length += 7) {
      expect(() => decodeMessage(REPLY.slice(0, length))).toThrow(ProtocolError);
    }
  });

  it('that is a fault gives its innermost code, its reason and its detail', () => {
    expect(decodeFault(decodeMessage(FAULT).body)).toEqual({
      name: 'DestinationUnreachable',
      reason: 'No route can be determined to reach the destination role defined by the WSAddressing To.',
      detail: '',
    });
    const detailed = FAULT.replace('<a:Detail></a:Detail>', '<a:Detail><x>AMT-STATUS</x><y><z>1</z></y></a:Detail>');
    expect(decodeFault(decodeMessage(detailed).body)?.detail).toBe('AMT-STATUS 1');
    const bare = FAULT.replace(/<a:Subcode>.*<\/a:Subcode>/, '');
    expect(decodeFault(decodeMessage(bare).body)?.name).toBe('Sender');
  });

  it('that is no envelope is refused', () => {
    expect(() => decodeMessage('<html/>')).toThrow('The XML is not a SOAP envelope.');
    expect(() => decodeMessage('<Envelope/>')).toThrow('The SOAP envelope has no body.');
  });
});
