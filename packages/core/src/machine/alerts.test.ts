import { describe, expect, test } from 'vitest';
import { NotSupported, ProtocolError, WsmanFault } from '../errors.ts';
import { type Script, scriptedFirmware } from '../testing/scripted-firmware.ts';
import { alertsOf } from './alerts.ts';

const url = 'http://10.0.0.5:16999/amtkit/alerts/7f3a';

const GROUPS = '<CIM_FilterCollection><InstanceID>Intel(r) AMT:All</InstanceID></CIM_FilterCollection>';
const epr = (className: string, selectors: string) =>
  '<a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address><a:ReferenceParameters>' +
  `<c:ResourceURI>http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/${className}</c:ResourceURI>` +
  `<c:SelectorSet>${selectors}</c:SelectorSet></a:ReferenceParameters>`;
const FILTER = epr('CIM_FilterCollection', '<c:Selector Name="InstanceID">Intel(r) AMT:All</c:Selector>');
const handler = (name: string) =>
  epr('CIM_ListenerDestinationWSManagement', `<c:Selector Name="Name">${name}</c:Selector>`);
const link = (name: string) =>
  `<CIM_FilterCollectionSubscription><Filter>${FILTER}</Filter><Handler>${handler(name)}</Handler></CIM_FilterCollectionSubscription>`;
const destination = (name: string, to: string, mode = 3) =>
  '<CIM_ListenerDestinationWSManagement>' +
  `<DeliveryMode>${mode}</DeliveryMode><Destination>${to}</Destination><Name>${name}</Name></CIM_ListenerDestinationWSManagement>`;
const selectorsOf = (name: string) => ({
  Filter: { className: 'CIM_FilterCollection', selectors: { InstanceID: 'Intel(r) AMT:All' } },
  Handler: { className: 'CIM_ListenerDestinationWSManagement', selectors: { Name: name } },
});
const MANAGER =
  '<e:SubscribeResponse><e:SubscriptionManager>' +
  `${epr('CIM_FilterCollectionSubscription', `<c:Selector Name="Filter"><a:EndpointReference>${FILTER}</a:EndpointReference></c:Selector><c:Selector Name="Handler"><a:EndpointReference>${handler('one')}</a:EndpointReference></c:Selector>`)}` +
  '</e:SubscriptionManager><e:Expires>PT10M</e:Expires></e:SubscribeResponse>';
const FAULT =
  '<Fault><Code><Value>a:Sender</Value><Subcode><Value>f:DeliveryModeRequestedUnavailable</Value></Subcode></Code></Fault>';

function firmware(script: Script, version = '12.0.67') {
  const scripted = scriptedFirmware({ 'Enumerate CIM_FilterCollection': GROUPS, ...script });
  return { ...scripted, alerts: alertsOf(scripted.wsman, version, () => Date.parse('2026-01-01T00:00:00Z')) };
}

describe('alerts', () => {
  test('are subscribed to in the group that holds all, with acknowledgement', async () => {
    const { alerts, request, asked } = firmware({ 'Subscribe CIM_FilterCollection': MANAGER });
    expect(await alerts.subscribe({ url })).toEqual({
      url,
      group: 'Intel(r) AMT:All',
      acknowledged: true,
      selectors: selectorsOf('one'),
      expiresAt: new Date('2026-01-01T00:10:00Z'),
    });
    expect(asked).toEqual(['Enumerate CIM_FilterCollection', 'Subscribe CIM_FilterCollection']);
    expect(request('Subscribe CIM_FilterCollection')).toEqual({
      selectors: { InstanceID: 'Intel(r) AMT:All' },
      input: {
        Delivery: { '@Mode': 'http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck', NotifyTo: { Address: url } },
      },
    });
  });

  test('are subscribed to without acknowledgement where firmware knows none, unless it is insisted on', async () => {
    const { alerts, request } = firmware({ 'Subscribe CIM_FilterCollection': [FAULT, MANAGER] });
    expect(await alerts.subscribe({ url })).toMatchObject({ acknowledged: false });
    expect(request('Subscribe CIM_FilterCollection').input.Delivery).toMatchObject({
      '@Mode': 'http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push',
    });
    const strict = firmware({ 'Subscribe CIM_FilterCollection': [FAULT, MANAGER] });
    await expect(strict.alerts.subscribe({ url, acknowledged: true })).rejects.toThrow(WsmanFault);
  });

  test('are looked up where the answer does not say what the subscription is called', async () => {
    const { alerts } = firmware({
      'Subscribe CIM_FilterCollection': '<e:SubscribeResponse/>',
      'Enumerate CIM_FilterCollectionSubscription': link('one') + link('two'),
      'Enumerate CIM_ListenerDestinationWSManagement': destination('two', url) + destination('one', `${url}x`, 2),
    });
    expect(await alerts.subscribe({ url })).toMatchObject({ selectors: selectorsOf('two') });
    expect(await alerts.subscriptions()).toMatchObject([
      { url: `${url}x`, acknowledged: false },
      { url, acknowledged: true, group: 'Intel(r) AMT:All' },
    ]);
  });

  test('that are accepted and then not there are a mistake of the firmware', async () => {
    const { alerts } = firmware({ 'Subscribe CIM_FilterCollection': '<e:SubscribeResponse/>' });
    await expect(alerts.subscribe({ url })).rejects.toThrow(ProtocolError);
  });

  test('are none on firmware without them', async () => {
    const scripted = scriptedFirmware({});
    const alerts = alertsOf(scripted.wsman, '2.6.0');
    expect(await alerts.groups()).toEqual([]);
    expect(await alerts.subscriptions()).toEqual([]);
    await expect(alerts.subscribe({ url })).rejects.toThrow('office-pc has no alerts to subscribe to');
  });

  test('go on, and end, by both their keys', async () => {
    const { alerts, request } = firmware({
      'Renew CIM_FilterCollectionSubscription': '<e:RenewResponse><e:Expires>PT1H</e:Expires></e:RenewResponse>',
      'Unsubscribe CIM_FilterCollectionSubscription': '<e:UnsubscribeResponse/>',
    });
    const subscription = { url, group: 'Intel(r) AMT:All', acknowledged: true, selectors: selectorsOf('one') };
    expect(await alerts.renew(subscription, 3600)).toMatchObject({ expiresAt: new Date('2026-01-01T01:00:00Z') });
    expect(request('Renew CIM_FilterCollectionSubscription').input).toMatchObject({ Expires: 'PT3600S' });
    await alerts.unsubscribe(subscription);
    expect(request('Unsubscribe CIM_FilterCollectionSubscription').selectors).toEqual(selectorsOf('one'));
  });

  test.each(['ftp://10.0.0.5/', 'nowhere', `http://10.0.0.5/${'x'.repeat(240)}`])(
    'are not asked for at %s',
    async (wrong) => {
      const { alerts, asked } = firmware({});
      await expect(alerts.subscribe({ url: wrong })).rejects.toThrow(TypeError);
      expect(asked).toEqual([]);
    },
  );

  test('over TLS need version 11', async () => {
    const { alerts } = firmware({ 'Subscribe CIM_FilterCollection': MANAGER }, '9.1.44');
    await expect(alerts.subscribe({ url: 'https://console/' })).rejects.toThrow(NotSupported);
  });
});
