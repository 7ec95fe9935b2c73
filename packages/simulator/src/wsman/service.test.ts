/** Envelopes, enumerations, selectors and faults, as consoles see them. */
import { actions, encodeRequest, ns, resourceUri, type Selectors } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { SoapFault } from '../behavior.ts';
import { manualClock } from '../clock.ts';
import { md5 } from '../firmware.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { start as startPc, TestConsole } from '../testing/console.ts';

const ENUMERATE = `<Enumerate xmlns="${ns.enumeration}"/>`;

async function start(options: SimulatorOptions = {}) {
  const pc = await startPc(options);
  const ask = async (className: string, action: string, body = '', selectors?: Selectors) =>
    await pc.console.post(
      encodeRequest({ action, resource: resourceUri(className), messageId: '42', body, selectors }),
    );
  const enumerate = async (className: string) => {
    const { body } = await ask(className, actions.enumerate, ENUMERATE);
    return /EnumerationContext>([^<]+)</.exec(body)?.[1] ?? '';
  };
  const pull = async (className: string, context: string, more = '') =>
    await ask(
      className,
      actions.pull,
      `<Pull xmlns="${ns.enumeration}"><EnumerationContext>${context}</EnumerationContext>${more}</Pull>`,
    );
  return { ...pc, ask, enumerate, pull };
}

const fault = (body: string) => /<a:Subcode><a:Value>(\w:\w+)</.exec(body)?.[1];

describe('a reply', () => {
  test('is the envelope of recordings, letter by letter', async () => {
    const { ask } = await start();
    const { body } = await ask('CIM_ComputerSystem', actions.get, '', {
      CreationClassName: 'CIM_ComputerSystem',
      Name: 'ManagedSystem',
    });
    const uri = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ComputerSystem';
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope"' +
        ' xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
        ' xmlns:c="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"' +
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/02/trust"' +
        ' xmlns:e="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"' +
        ` xmlns:f="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd" xmlns:g="${uri}"` +
        ' xmlns:h="http://schemas.dmtf.org/wbem/wscim/1/common"' +
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a:Header>' +
        '<b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To><b:RelatesTo>42</b:RelatesTo>' +
        '<b:Action a:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</b:Action>' +
        '<b:MessageID>uuid:00000000-8086-8086-8086-000000000001</b:MessageID>' +
        `<c:ResourceURI>${uri}</c:ResourceURI></a:Header><a:Body><g:CIM_ComputerSystem>` +
        '<g:CreationClassName>CIM_ComputerSystem</g:CreationClassName><g:Dedicated>0</g:Dedicated>' +
        '<g:ElementName>Managed System</g:ElementName><g:EnabledState>5</g:EnabledState><g:Name>ManagedSystem</g:Name>' +
        '<g:NameFormat>Other</g:NameFormat><g:OperationalStatus>0</g:OperationalStatus>' +
        '<g:RequestedState>12</g:RequestedState></g:CIM_ComputerSystem></a:Body></a:Envelope>',
    );
  });

  test('counts, names properties in ASCII order and never closes an empty one in its own tag', async () => {
    const { ask } = await start();
    await ask('AMT_GeneralSettings', actions.get);
    const { body } = await ask('IPS_KVMRedirectionSettingData', actions.get);
    expect(body).toContain('8086-000000000002</b:MessageID>');
    expect(body).toContain('<g:RFBPassword></g:RFBPassword>');
    const names = [...body.matchAll(/<g:(\w+)>/g)].map(([, name]) => name).slice(1);
    expect(names).toEqual([...names].sort());
  });

  test('writes dates in the namespace of dates and pointers in those of addressing', async () => {
    const { ask } = await start();
    const bios = await ask('CIM_BIOSElement', actions.get);
    expect(bios.body).toContain('<g:ReleaseDate><h:Datetime>2024-02-29T00:00:00Z</h:Datetime></g:ReleaseDate>');
    const service = await ask('CIM_AssociatedPowerManagementService', actions.get);
    expect(service.body).toContain(
      '<g:UserOfService><b:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:Address>' +
        '<b:ReferenceParameters><c:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ComputerSystem' +
        '</c:ResourceURI><c:SelectorSet><c:Selector Name="CreationClassName">CIM_ComputerSystem</c:Selector>' +
        '<c:Selector Name="Name">ManagedSystem</c:Selector></c:SelectorSet></b:ReferenceParameters></g:UserOfService>',
    );
  });

  test('to a method is named after it and ends with the ReturnValue', async () => {
    const { ask } = await start();
    const resource = resourceUri('AMT_TimeSynchronizationService');
    const { body } = await ask('AMT_TimeSynchronizationService', `${resource}/GetLowAccuracyTimeSynch`);
    expect(body).toContain(`${resource}/GetLowAccuracyTimeSynchResponse</b:Action>`);
    expect(body).toMatch(/<g:GetLowAccuracyTimeSynch_OUTPUT><g:Ta0>\d+<\/g:Ta0><g:ReturnValue>0<\/g:ReturnValue><\/g:/);
  });
});

describe('an enumeration', () => {
  test('has the literal bytes that some consoles look for', async () => {
    const { ask } = await start();
    const { body } = await ask('CIM_Chip', actions.enumerate, ENUMERATE);
    expect(body).toMatch(
      /<g:EnumerateResponse><g:EnumerationContext>[0-9A-F]{8}-0000-0000-0000-000000000000<\/g:EnumerationContext>/,
    );
  });

  test('gives its items in the next namespace, then says that it is over', async () => {
    const { enumerate, pull } = await start();
    const { body } = await pull('CIM_SoftwareIdentity', await enumerate('CIM_SoftwareIdentity'));
    expect(body).toContain(`xmlns:h="${resourceUri('CIM_SoftwareIdentity')}"`);
    expect(body).toMatch(
      /<g:PullResponse><g:Items><h:CIM_SoftwareIdentity>.*<\/g:Items><g:EndOfSequence><\/g:EndOfSequence>/,
    );
  });

  test('of a class without instances is over at once', async () => {
    const { enumerate, pull } = await start();
    const { body } = await pull('CIM_WiFiEndpointSettings', await enumerate('CIM_WiFiEndpointSettings'));
    expect(body).toContain('<g:Items></g:Items><g:EndOfSequence></g:EndOfSequence>');
  });

  test('of a parent gives all kinds of it', async () => {
    const { console } = await start();
    const names = (await console.enumerate('CIM_PhysicalPackage')).map(([name]) => name);
    expect(names).toContain('CIM_Card');
    expect(names).toContain('CIM_PhysicalPackage');
  });

  test('comes in as many pulls as the console or the profile wants', async () => {
    const { enumerate, pull } = await start();
    const context = await enumerate('CIM_BootSourceSetting');
    const first = await pull('CIM_BootSourceSetting', context, '<MaxElements>2</MaxElements>');
    expect(first.body.match(/<h:InstanceID>/g)).toHaveLength(2);
    const next = /<g:PullResponse><g:EnumerationContext>([^<]+)<\/g:EnumerationContext><g:Items>/.exec(first.body)?.[1];
    const second = await pull('CIM_BootSourceSetting', next ?? '');
    expect(second.body.match(/<h:InstanceID>/g)).toHaveLength(1);
    const old = await start({ profile: 'amt-7', quirks: { pullCharacters: 500 } });
    expect(await old.console.enumerate('CIM_SoftwareIdentity')).toHaveLength(11);
    expect(old.simulator.received.of('Pull').length).toBeGreaterThan(1);
  });

  test('context is good once, for its class and its user, and not for long', async () => {
    const clock = manualClock();
    const { simulator, enumerate, pull } = await start({ clock });
    const context = await enumerate('CIM_Chip');
    expect((await pull('CIM_Chip', context)).status).toBe(200);
    const again = await pull('CIM_Chip', context);
    expect([again.status, fault(again.body)]).toEqual([400, 'c:InvalidEnumerationContext']);
    expect(fault((await pull('CIM_Card', await enumerate('CIM_Chip'))).body)).toBe('c:InvalidEnumerationContext');
    const late = await enumerate('CIM_Chip');
    clock.advance(60_000);
    expect(fault((await pull('CIM_Chip', late)).body)).toBe('c:InvalidEnumerationContext');
    expect(simulator.received.of('Pull').map((request) => request.fault)).toEqual([
      undefined,
      ...Array(3).fill('InvalidEnumerationContext'),
    ]);
  });

  test('belongs to who began it', async () => {
    const { simulator, enumerate } = await start();
    const context = await enumerate('CIM_Chip');
    const { realm } = simulator.firmware.identity;
    simulator.firmware.change((state) => {
      const ha1 = md5(`tess:${realm}:Other!Pass1`);
      state.users = [...state.users, { name: 'tess', ha1, realms: [3], access: 2, enabled: true, handle: 9 }];
    });
    const tess = new TestConsole(simulator, { user: 'tess', password: 'Other!Pass1' });
    const body = `<Pull xmlns="${ns.enumeration}"><EnumerationContext>${context}</EnumerationContext></Pull>`;
    expect(await tess.fault(tess.ask('CIM_Chip', actions.pull, body))).toBe('InvalidEnumerationContext');
  });

  test('takes the context of the one before on old firmware', async () => {
    const { enumerate, pull } = await start({ profile: 'amt-7' });
    const first = await enumerate('CIM_Chip');
    await enumerate('CIM_Card');
    expect(fault((await pull('CIM_Chip', first)).body)).toBe('c:InvalidEnumerationContext');
  });

  test('gives pointers instead of items on request, or both', async () => {
    const { ask, pull } = await start();
    for (const [mode, item] of [
      ['EnumerateEPR', /<g:Items><b:EndpointReference><b:Address>.*?<c:Selector Name="Tag">CPU 0<\/c:Selector>/],
      ['EnumerateObjectAndEPR', /<g:Items><c:Item><h:CIM_Chip>.*<\/h:CIM_Chip><b:EndpointReference>/],
    ] as const) {
      const body = `<Enumerate xmlns="${ns.enumeration}"><w:EnumerationMode xmlns:w="${ns.wsman}">${mode}</w:EnumerationMode></Enumerate>`;
      const context = /EnumerationContext>([^<]+)</.exec((await ask('CIM_Chip', actions.enumerate, body)).body)?.[1];
      expect((await pull('CIM_Chip', context ?? '')).body).toMatch(item);
    }
  });

  test('can be given up', async () => {
    const { ask, enumerate, pull } = await start();
    const context = await enumerate('CIM_Chip');
    const body = `<Release xmlns="${ns.enumeration}"><EnumerationContext>${context}</EnumerationContext></Release>`;
    expect((await ask('CIM_Chip', actions.release, body)).body).toContain('<a:Body></a:Body>');
    expect(fault((await pull('CIM_Chip', context)).body)).toBe('c:InvalidEnumerationContext');
  });
});

describe('a fault', () => {
  test('is the envelope of recordings, letter by letter', async () => {
    const { ask } = await start();
    const { body, status } = await ask('CIM_Nothing', actions.get);
    expect(status).toBe(400);
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:g="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"' +
        ' xmlns:f="http://schemas.xmlsoap.org/ws/2004/08/eventing" xmlns:e="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"' +
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2004/09/transfer" xmlns:c="http://schemas.xmlsoap.org/ws/2004/09/enumeration"' +
        ' xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:a="http://www.w3.org/2003/05/soap-envelope"' +
        ' xmlns:h="http://schemas.xmlsoap.org/ws/2005/02/trust"' +
        ' xmlns:i="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"' +
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a:Header>' +
        '<b:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</b:To><b:RelatesTo>42</b:RelatesTo>' +
        '<b:Action a:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/fault</b:Action>' +
        '<b:MessageID>uuid:00000000-8086-8086-8086-000000000001</b:MessageID></a:Header><a:Body><a:Fault><a:Code>' +
        '<a:Value>a:Sender</a:Value><a:Subcode><a:Value>b:DestinationUnreachable</a:Value></a:Subcode></a:Code><a:Reason>' +
        '<a:Text xml:lang="en-US">No route can be determined to reach the destination role defined by the WSAddressing To.' +
        '</a:Text></a:Reason><a:Detail></a:Detail></a:Fault></a:Body></a:Envelope>',
    );
  });

  test.each([
    [
      'a class of another family’s namespace',
      'http://intel.com/wbem/wscim/1/amt-schema/1/CIM_Chip',
      actions.get,
      'b:DestinationUnreachable',
    ],
    ['an action nobody knows', resourceUri('CIM_Chip'), `${ns.transfer}/Fetch`, 'b:ActionNotSupported'],
    ['no action', resourceUri('CIM_Chip'), '', 'b:MessageInformationHeaderRequired'],
    ['no class', '', actions.get, 'b:DestinationUnreachable'],
  ])('is the answer to %s', async (_what, resource, action, name) => {
    const { console } = await start();
    const reply = await console.post(encodeRequest({ action, resource, messageId: '1' }));
    expect([reply.status, fault(reply.body)]).toEqual([400, name]);
  });

  test.each([
    ['an envelope that is too small', `<w:MaxEnvelopeSize>49999</w:MaxEnvelopeSize>`, 'e:EncodingLimit'],
    ['options that must be understood', `<w:OptionSet a:mustUnderstand="true"/>`, 'e:UnsupportedFeature'],
    ['a fragment', `<w:FragmentTransfer>x</w:FragmentTransfer>`, 'e:UnsupportedFeature'],
  ])('is the answer to %s', async (_what, header, name) => {
    const { console } = await start();
    const xml = encodeRequest({ action: actions.get, resource: resourceUri('CIM_Chip'), messageId: '1' });
    const reply = await console.post(xml.replace('</Header>', `${header}</Header>`));
    expect(fault(reply.body)).toBe(name);
  });

  test('is not the answer to headers that other consoles send', async () => {
    const { console } = await start();
    const xml = encodeRequest({ action: actions.get, resource: resourceUri('CIM_Chip'), messageId: '1' });
    const more = '<w:Locale a:mustUnderstand="false" xml:lang="en-US"/><w:MaxEnvelopeSize>51200</w:MaxEnvelopeSize>';
    expect((await console.post(xml.replace('</Header>', `${more}</Header>`))).status).toBe(200);
  });

  test('is the answer to XML that is none', async () => {
    const { console } = await start();
    for (const xml of ['', 'hello', '<a><b></a>', '<!DOCTYPE a><a/>']) {
      expect(fault((await console.post(xml)).body)).toBe('e:SchemaValidationError');
    }
  });

  test('is the answer to selectors that fit nothing, or too much', async () => {
    const { console } = await start();
    const fail = (selectors: Selectors) => console.fault(console.get('CIM_SoftwareIdentity', selectors));
    expect(await fail({ InstanceID: 'none' })).toBe('InvalidSelectors');
    expect(await fail({ Colour: 'AMT' })).toBe('InvalidSelectors');
    expect(await fail({})).toBe('InvalidSelectors');
    expect((await console.get('CIM_SoftwareIdentity', { InstanceID: 'AMT' })).VersionString).toBe('12.0.67');
    const first = await start({ quirks: { getOfMany: 'first' } });
    expect((await first.console.get('CIM_SoftwareIdentity')).InstanceID).toBe('Flash');
  });
});

describe('behaviours of a test', () => {
  test('go in front, and leave the rest as it is', async () => {
    const { simulator, console } = await start();
    simulator.use({
      name: 'odd',
      get: (_firmware, { className }) =>
        className === 'CIM_Chassis' ? { className, properties: { Model: 'Teapot' } } : undefined,
      invoke: (_firmware, { method }) => (method === 'RequestPowerStateChange' ? { ReturnValue: 4 } : undefined),
      delete() {
        throw new SoapFault('InternalError', 'AMT-STATUS 1');
      },
    });
    expect((await console.get('CIM_Chassis')).Model).toBe('Teapot');
    expect((await console.get('CIM_Card')).Model).not.toBe('Teapot');
    expect(await console.requestPower(2)).toBe(4);
    const reply = await console.post(
      encodeRequest({ action: actions.delete, resource: resourceUri('CIM_Chip'), messageId: '1' }),
    );
    expect(reply.status).toBe(500);
    expect(reply.body).toContain('<a:Detail>AMT-STATUS 1</a:Detail>');
  });
});

test('a mistake in a behaviour is an InternalError to the console, and kept for the test', async () => {
  const { simulator, console } = await start();
  const mistake = new TypeError('oops');
  simulator.use({
    name: 'mistaken',
    get() {
      throw mistake;
    },
  });
  expect(await console.fault(console.get('CIM_Chip'))).toBe('InternalError');
  expect(simulator.received.problems).toEqual([mistake]);
});

test('a pointer to a class of no family harms nobody', async () => {
  const { simulator, console } = await start();
  const put = console.put('AMT_EnvironmentDetectionSettingData', {
    DetectionStrings: { className: 'http://x.test/Odd', selectors: {} },
  });
  await console.fault(put);
  expect((await console.get('CIM_Chip')).Tag).toBe('CPU 0');
  expect(simulator.received.connections.open).toBe(1);
});

describe('the record', () => {
  test('says what was asked, by whom, and what came of it', async () => {
    const { simulator, console } = await start();
    const next = simulator.received.next('RequestPowerStateChange');
    await console.requestPower(2);
    expect(await next).toMatchObject({
      action: 'Invoke',
      className: 'CIM_PowerManagementService',
      input: { PowerState: '2', ManagedElement: { className: 'CIM_ComputerSystem' } },
      user: 'admin',
      tls: false,
      status: 200,
      returnValue: 0,
    });
    await console.fault(console.get('CIM_Nothing'));
    expect(simulator.received.requests().at(-1)).toMatchObject({
      className: 'CIM_Nothing',
      status: 400,
      fault: 'DestinationUnreachable',
    });
    expect(simulator.received.of('Get')).toHaveLength(1);
    expect(simulator.received.count).toBe(2);
  });

  test('keeps only the newest, and counts all', async () => {
    const { simulator, console } = await start({ recordLimit: 2 });
    for (let i = 0; i < 3; i++) await console.get('CIM_Card');
    expect(simulator.received.requests().map(({ number }) => number)).toEqual([2, 3]);
    expect(simulator.received.count).toBe(3);
    simulator.received.clear();
    expect(simulator.received.requests()).toEqual([]);
  });

  test('tells log-ins apart', async () => {
    const { simulator, console } = await start();
    await console.get('CIM_Card');
    const eve = new TestConsole(simulator, { user: 'eve' });
    await eve.fault(eve.get('CIM_Card'));
    expect(simulator.received.logins.map(({ user, ok, why }) => [user, ok, why])).toEqual([
      ['admin', true, undefined],
      ['eve', false, 'unknown'],
      ['eve', false, 'unknown'],
    ]);
  });
});
