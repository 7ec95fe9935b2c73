/** Who may subscribe to alerts, how often, and how it ends. */
import { actions, decodeReference, elementOf, ns, textOf, type XmlObject } from '@amtkit/core/wire';
import { expect, test } from 'vitest';
import { manualClock } from '../clock.ts';
import { start, type TestConsole } from '../testing/console.ts';

const GROUP = 'CIM_FilterCollection';
const SUBSCRIPTION = 'CIM_FilterCollectionSubscription';
const HANDLER = 'CIM_ListenerDestinationWSManagement';
const ALL = { InstanceID: 'Intel(r) AMT:All' };
const RENEW = `${ns.eventing}/Renew`;
const PUSH = 'http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push';
const PUSH_WITH_ACK = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck';

function subscribe(url: string, mode = PUSH_WITH_ACK, expires = ''): string {
  return (
    `<e:Subscribe xmlns:e="${ns.eventing}" xmlns:a="${ns.addressing}"><e:Delivery Mode="${mode}"><e:NotifyTo>` +
    `<a:Address>${url}</a:Address></e:NotifyTo></e:Delivery>${expires}</e:Subscribe>`
  );
}

const ask = (console: TestConsole, url: string, mode?: string, expires?: string) =>
  console.ask(GROUP, actions.subscribe, subscribe(url, mode, expires), ALL);
const manager = (body: XmlObject) =>
  decodeReference(elementOf(elementOf(body.SubscribeResponse).SubscriptionManager)).selectors;

test('a subscription has a handler and an association, and they go with it', async () => {
  const { console } = await start();
  const answered = await ask(console, 'http://127.0.0.1:9/x');
  const { Filter, Handler } = manager(answered);
  expect(Filter).toEqual({ className: GROUP, selectors: ALL });
  expect(Handler).toMatchObject({
    className: HANDLER,
    selectors: { CreationClassName: 'CIM_ListenerDestinationWSMAN' },
  });
  const [[, handler] = []] = await console.enumerate(HANDLER);
  expect(handler).toMatchObject({ Destination: 'http://127.0.0.1:9/x', DeliveryMode: '3' });
  const [[, found] = []] = await console.enumerate(SUBSCRIPTION);
  expect(decodeReference(elementOf(found?.Handler))).toEqual(Handler);
  await console.ask(SUBSCRIPTION, actions.unsubscribe, `<e:Unsubscribe xmlns:e="${ns.eventing}"/>`, manager(answered));
  expect(await console.enumerate(HANDLER)).toEqual([]);
  expect(await console.enumerate(SUBSCRIPTION)).toEqual([]);
});

test('nine fit, and others stay when one goes', async () => {
  const { console } = await start();
  const all = [];
  for (let i = 1; i <= 9; i++) all.push(manager(await ask(console, `http://127.0.0.1:9/${i}`, PUSH)));
  expect(await console.fault(ask(console, 'http://127.0.0.1:9/10'))).toBe('EventSourceUnableToProcess');
  await console.ask(SUBSCRIPTION, actions.unsubscribe, `<e:Unsubscribe xmlns:e="${ns.eventing}"/>`, all[4]);
  const left = (await console.enumerate(HANDLER)).map(([, { Destination }]) => textOf(Destination).slice(-1)).join('');
  expect(left).toBe('12346789');
  const again = console.ask(SUBSCRIPTION, actions.unsubscribe, '<e/>', all[4]);
  expect(await console.fault(again)).toBe('InvalidSelectors');
});

test.each([
  ['a mode that firmware does not have', 'http://127.0.0.1:9/', `${PUSH}Pull`, 'DeliveryModeRequestedUnavailable'],
  ['another scheme', 'ftp://127.0.0.1/', PUSH, 'EventSourceUnableToProcess'],
  ['254 characters of URL', `http://127.0.0.1:9/${'x'.repeat(235)}`, PUSH, 'EventSourceUnableToProcess'],
])('%s is refused', async (_what, url, mode, fault) => {
  const { console } = await start();
  expect(await console.fault(ask(console, url, mode))).toBe(fault);
});

test('a URL of 253 characters is taken, one over TLS only from 11 on', async () => {
  const { console } = await start();
  await ask(console, `http://127.0.0.1:9/${'x'.repeat(234)}`);
  await ask(console, 'https://127.0.0.1:9/');
  const old = await start({ profile: 'amt-7' });
  expect(await old.console.fault(ask(old.console, 'https://127.0.0.1:9/'))).toBe('EventSourceUnableToProcess');
});

test('a group that is not there, and an account without the realm, get nothing', async () => {
  const { console, simulator } = await start();
  const unknown = console.ask(GROUP, actions.subscribe, subscribe('http://127.0.0.1:9/'), { InstanceID: 'Other' });
  expect(await console.fault(unknown)).toBe('InvalidSelectors');
  expect(simulator.firmware.state.subscriptions).toEqual([]);
});

test('what is to expire expires, unless it is renewed', async () => {
  const clock = manualClock();
  const { console } = await start({ clock });
  const expires = '<e:Expires>PT10M</e:Expires>';
  const answered = await ask(console, 'http://127.0.0.1:9/', PUSH, expires);
  expect(textOf(elementOf(answered.SubscribeResponse).Expires)).toBe('PT600S');
  clock.advance(500_000);
  const renewal = `<e:Renew xmlns:e="${ns.eventing}">${expires}</e:Renew>`;
  const renewed = await console.ask(SUBSCRIPTION, RENEW, renewal, manager(answered));
  expect(textOf(elementOf(renewed.RenewResponse).Expires)).toBe('PT600S');
  clock.advance(500_000);
  expect(await console.enumerate(HANDLER)).toHaveLength(1);
  clock.advance(200_000);
  expect(await console.enumerate(HANDLER)).toEqual([]);
  expect(await console.fault(console.ask(SUBSCRIPTION, RENEW, renewal, manager(answered)))).toBe('InvalidSelectors');
});
