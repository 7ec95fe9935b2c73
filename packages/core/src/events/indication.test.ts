import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { decodeMessage } from '../wsman/envelope.ts';
import { alertOfIndication } from './alert.ts';
import { ALERT_EVENTS } from './alert-event.ts';
import { decodeDelivery, encodeAck, type Indication } from './indication.ts';
import { describeIndication, indicationEvent } from './indication-text.ts';

/** As the authors of a management server keep it for tests of theirs: an agent of a machine expired, 2017. */
const expired =
  '<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope" xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:c="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:d="http://schemas.xmlsoap.org/ws/2005/02/trust" xmlns:e="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:f="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd" xmlns:g="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication" xmlns:h="http://schemas.dmtf.org/wbem/wscim/1/common" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a:Header><b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To><b:ReplyTo><b:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:Address></b:ReplyTo><c:AckRequested></c:AckRequested><b:Action a:mustUnderstand="true">http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</b:Action><b:MessageID>uuid:00000000-8086-8086-8086-000000128538</b:MessageID><c:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication</c:ResourceURI></a:Header><a:Body><g:CIM_AlertIndication><g:AlertType>8</g:AlertType><g:AlertingElementFormat>2</g:AlertingElementFormat><g:AlertingManagedElement>Interop:CIM_ComputerSystem.CreationClassName=&quot;CIM_ComputerSystem&quot;,Name=&quot;Intel(r) AMT&quot;</g:AlertingManagedElement><g:IndicationFilterName>Intel(r) AMT:AllEvents</g:IndicationFilterName><g:IndicationIdentifier>Intel(r):2950234687</g:IndicationIdentifier><g:IndicationTime><h:Datetime>2017-01-31T15:40:09.000Z</h:Datetime></g:IndicationTime><g:Message></g:Message><g:MessageArguments>0</g:MessageArguments><g:MessageArguments>Interop:CIM_ComputerSystem.CreationClassName=CIM_ComputerSystem,Name=Intel(r) AMT</g:MessageArguments><g:MessageID>iAMT0005</g:MessageID><g:OtherAlertingElementFormat></g:OtherAlertingElementFormat><g:OtherSeverity></g:OtherSeverity><g:OwningEntity>Intel(r) AMT</g:OwningEntity><g:PerceivedSeverity>2</g:PerceivedSeverity><g:ProbableCause>0</g:ProbableCause><g:SystemName>Intel(r) AMT</g:SystemName></g:CIM_AlertIndication></a:Body></a:Envelope>';

const indication = decodeDelivery(expired).indications[0] as Indication;

describe('an indication', () => {
  test('decodes', () => {
    const { messageId, ackRequested, ended, indications } = decodeDelivery(expired);
    expect({ messageId, ackRequested, ended }).toEqual({
      messageId: 'uuid:00000000-8086-8086-8086-000000128538',
      ackRequested: true,
      ended: false,
    });
    expect(indications).toEqual([
      {
        messageId: 'iAMT0005',
        message: '',
        arguments: ['0', 'Interop:CIM_ComputerSystem.CreationClassName=CIM_ComputerSystem,Name=Intel(r) AMT'],
        severity: 2,
        alertType: 8,
        identifier: 'Intel(r):2950234687',
        filter: 'Intel(r) AMT:AllEvents',
        time: new Date('2017-01-31T15:40:09Z'),
      },
    ]);
  });

  test('becomes an alert', () => {
    expect(alertOfIndication(indication)).toEqual({
      source: 'wsman',
      at: new Date('2017-01-31T15:40:09Z'),
      severity: 'info',
      event: 'agent',
      entity: 'ME',
      text: 'Agent watchdog is expired',
      raw: {
        messageId: 'iAMT0005',
        arguments: indication.arguments,
        severity: 2,
        alertType: 8,
        identifier: 'Intel(r):2950234687',
      },
    });
  });

  test('carries the arguments of its subscription in the header', () => {
    const marked = expired.replace('</a:Header>', '<m:arg xmlns:m="http://x.com">7f3a</m:arg></a:Header>');
    expect(decodeDelivery(marked).header.arg).toBe('7f3a');
  });

  test.each([
    ['iAMT0050', ['48'], 'sol-opened', 'Serial-over-LAN session opened'],
    ['iAMT0050', ['51'], 'drives-closed', 'Storage redirection session closed'],
    ['iAMT0052', ['1'], 'screen-opened', 'Remote desktop session opened'],
    ['iAMT0064', ['3'], 'consent-requested', 'User consent is asked for'],
    ['iAMT0058', ['0'], 'remote-access', 'Remote access is disconnected'],
    ['iAMT0057', [], 'network', 'Network state changed'],
    ['iAMT0003', ['{0FF1CE}'], 'agent', 'Agent watchdog is stopped ({0FF1CE})'],
    ['iAMT0044', ['a', 'b'], 'other', 'Message iAMT0044: a, b'],
    ['PLAT0004', ['Chassis'], 'case-opened', 'Case opened'],
    ['PLAT0188', [], 'firmware-progress', 'Firmware progress'],
    ['PLAT0600', [], 'other', 'Message PLAT0600'],
    ['CIM4', [], 'other', 'Message CIM4'],
    ['', [], 'other', 'Indication without a message'],
  ])('%s with %j says %s', (messageId, given, event, text) => {
    const one = { ...indication, messageId, arguments: given };
    expect([indicationEvent(one), describeIndication(one)]).toEqual([event, text]);
  });

  test('without words of ours is told in its own', () => {
    expect(describeIndication({ ...indication, messageId: 'iAMT0044', message: 'Told by itself' })).toBe(
      'Told by itself',
    );
  });

  test.each([
    [0, 'info'],
    [2, 'info'],
    [3, 'warning'],
    [4, 'warning'],
    [5, 'critical'],
    [7, 'critical'],
  ])('of severity %i is %s', (severity, expected) => {
    expect(alertOfIndication({ ...indication, severity }).severity).toBe(expected);
  });

  test('may come in a batch, of a class of its own, or without a time', () => {
    const inner = /<g:CIM_AlertIndication>.*<\/g:CIM_AlertIndication>/.exec(expired)?.[0] ?? '';
    const batch = expired.replace(
      inner,
      `<x:Events xmlns:x="u"><x:Event>${inner}</x:Event><x:Event>${inner}</x:Event></x:Events>`,
    );
    expect(decodeDelivery(batch).indications).toHaveLength(2);
    const other = expired
      .replaceAll('CIM_AlertIndication', 'IPS_PresenceIndication')
      .replace('2017-01-31T15:40:09.000Z', 'soon');
    expect(decodeDelivery(other).indications).toEqual([{ ...indication, time: undefined }]);
  });

  test('may be the last one', () => {
    const end = expired.replace(
      'http://schemas.dmtf.org/wbem/wsman/1/wsman/Event',
      'http://schemas.xmlsoap.org/ws/2004/08/eventing/SubscriptionEnd',
    );
    expect(decodeDelivery(end)).toMatchObject({ ended: true, indications: [] });
  });

  test.each([
    ['nothing', ''],
    ['half of one', expired.slice(0, 900)],
    ['a document type', expired.replace('?>', '?><!DOCTYPE a [<!ENTITY x "y">]>')],
    ['another document', '<html><body/></html>'],
    [
      'an envelope with nothing in it',
      expired.replace(/<g:CIM_AlertIndication>.*<\/g:CIM_AlertIndication>/, '').replace('wsman/Event', 'wsman/Other'),
    ],
  ])('is not %s', (_name, text) => {
    expect(() => decodeDelivery(text)).toThrow(ProtocolError);
  });

  test('is acknowledged by its number', () => {
    const ack = decodeMessage(encodeAck('uuid:00000000-8086-8086-8086-000000128538', 'uuid:1'));
    expect([ack.action, ack.relatesTo, ack.body]).toEqual([
      'http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack',
      'uuid:00000000-8086-8086-8086-000000128538',
      {},
    ]);
  });
});

test('every word is said once, in order', () => {
  const words = ALERT_EVENTS.filter((word) => word !== 'other');
  expect(words).toEqual([...new Set(words)].sort());
});
