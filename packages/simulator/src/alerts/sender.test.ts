/** What consoles get to hear of what happens to a PC. */
import {
  actions,
  alertOfIndication,
  alertOfTrap,
  decodeDelivery,
  decodeTrap,
  digestResponse,
  ns,
  parseAuthorization,
} from '@amtkit/core/wire';
import { expect, test } from 'vitest';
import { md5 } from '../firmware.ts';
import type { SimulatorOptions } from '../simulator.ts';
import { type Answer, alertServer, trapSocket } from '../testing/alert-listener.ts';
import { start } from '../testing/console.ts';

const PUSH = 'http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push';
const PUSH_WITH_ACK = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck';
const DIGEST = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest';

async function subscribed(answer?: Answer, { mode = PUSH_WITH_ACK, auth = '' } = {}, options: SimulatorOptions = {}) {
  const server = await alertServer(answer);
  const pc = await start({ power: 'on', ...options });
  const body =
    `<e:Subscribe xmlns:e="${ns.eventing}" xmlns:a="${ns.addressing}" xmlns:m="http://x.com"><e:Delivery Mode="${mode}">` +
    `<e:NotifyTo><a:Address>${server.url}/amt/7f3a</a:Address><a:ReferenceParameters><m:arg>opaque</m:arg>` +
    `</a:ReferenceParameters></e:NotifyTo>${auth}</e:Delivery></e:Subscribe>`;
  await pc.console.ask('CIM_FilterCollection', actions.subscribe, body, { InstanceID: 'Intel(r) AMT:All' });
  return { ...pc, server };
}

const events = (bodies: readonly { readonly body: string }[]) =>
  bodies.flatMap(({ body }) => decodeDelivery(body).indications.map((each) => alertOfIndication(each).event));

test('what happens is posted as firmware posts it', async () => {
  const { simulator, server } = await subscribed();
  await using _server = server;
  await using _pc = simulator;
  simulator.raise('case-opened');
  await server.count(1);
  const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = server.posts;
  expect(path).toBe('/amt/7f3a');
  expect(headers).toMatchObject({ 'user-agent': 'Intel(R) AMT Agent', connection: 'Keep-Alive' });
  expect(body).toContain('</c:ResourceURI><m:arg xmlns:m="http://x.com">opaque</m:arg></a:Header>');
  const delivery = decodeDelivery(body);
  expect(delivery).toMatchObject({ ackRequested: true, header: { arg: 'opaque' } });
  expect(delivery.indications).toMatchObject([
    { messageId: 'PLAT0004', severity: 6, filter: 'Intel(r) AMT:AllEvents', message: '' },
  ]);
});

test('sessions, consent, graceful requests and failed log-ins are told; a hang of the BIOS is not', async () => {
  const { simulator, server, console } = await subscribed(undefined, {}, { consent: 'kvm' });
  await using _server = server;
  await using _pc = simulator;
  simulator.openSessions.sol = true;
  simulator.openSessions.sol = false;
  simulator.openSessions.kvm = true;
  simulator.openSessions.kvm = false;
  simulator.raise('firmware-hang');
  await console.result('IPS_OptInService', 'StartOptIn');
  await console.result('IPS_OptInService', 'SendOptInCode', { OptInCode: simulator.firmware.state.consent.code ?? '' });
  await console.result('IPS_OptInService', 'CancelOptIn');
  simulator.raise('login-failed');
  await console.requestPower(12);
  await server.count(9);
  expect(events(server.posts)).toEqual([
    'sol-opened',
    'sol-closed',
    'screen-opened',
    'screen-closed',
    'consent-requested',
    'consent-given',
    'consent-ended',
    'login-failed',
    'power-request',
  ]);
});

test('a start is told step by step', async () => {
  const { simulator, server, console } = await subscribed(undefined, {}, { power: 'off' });
  await using _server = server;
  await using _pc = simulator;
  await console.requestPower(2);
  await server.count(5);
  expect(events(server.posts).slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'firmware-progress'));
});

test('an event that is not taken comes again with the same number, and after three times no more', async () => {
  const { simulator, server } = await subscribed(() => ({ status: 503 }));
  await using _server = server;
  await using _pc = simulator;
  simulator.raise('case-opened');
  await server.count(3);
  simulator.raise('link-up');
  await server.count(4);
  const numbers = server.posts.map(({ body }) => decodeDelivery(body).messageId);
  expect(new Set(numbers.slice(0, 3)).size).toBe(1);
  expect(numbers[3]).not.toBe(numbers[0]);
});

test('without acknowledgement it is sent once, whatever the answer', async () => {
  const { simulator, server } = await subscribed(() => ({ status: 500 }), { mode: PUSH });
  await using _server = server;
  await using _pc = simulator;
  simulator.raise('case-opened');
  simulator.raise('link-up');
  await server.count(2);
  expect(events(server.posts)).toEqual(['case-opened', 'link-up']);
  expect(decodeDelivery(server.posts[0]?.body ?? '').ackRequested).toBe(false);
});

test('a console that asks for a log-in gets the one it gave', async () => {
  const challenge = 'Digest realm="console", qop="auth,auth-int", nonce="abc", opaque="xyz"';
  const answer: Answer = ({ headers, path }) => {
    const fields = parseAuthorization(headers.authorization);
    if (fields === undefined) return { status: 401, challenge };
    const asked = { method: 'POST', uri: path, nonce: 'abc', nc: fields.nc ?? '', cnonce: fields.cnonce ?? '' };
    const right = digestResponse(md5, { user: 'pc', password: 's&cret', realm: 'console', qop: 'auth', ...asked });
    return { status: fields.response === right && fields.opaque === 'xyz' ? 200 : 403 };
  };
  await using server = await alertServer(answer);
  const pc = await start();
  await using simulator = pc.simulator;
  const tokens =
    `<t:IssuedTokens xmlns:t="${ns.trust}" xmlns:se="${ns.secext}"><t:RequestSecurityTokenResponse>` +
    '<t:RequestedSecurityToken><se:UsernameToken><se:Username>pc</se:Username><se:Password>s&amp;cret</se:Password>' +
    '</se:UsernameToken></t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:IssuedTokens>';
  const envelope =
    `<s:Envelope xmlns:s="${ns.soap}" xmlns:a="${ns.addressing}" xmlns:w="${ns.wsman}" xmlns:e="${ns.eventing}">` +
    `<s:Header><a:Action>${actions.subscribe}</a:Action><a:To>/wsman</a:To><w:ResourceURI>` +
    'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_FilterCollection</w:ResourceURI>' +
    '<a:MessageID>1</a:MessageID><w:SelectorSet><w:Selector Name="InstanceID">Intel(r) AMT:All</w:Selector>' +
    `</w:SelectorSet>${tokens}</s:Header><s:Body><e:Subscribe><e:Delivery Mode="${PUSH_WITH_ACK}"><e:NotifyTo>` +
    `<a:Address>${server.url}/a?b=c</a:Address></e:NotifyTo><w:Auth Profile="${DIGEST}"/></e:Delivery></e:Subscribe>` +
    '</s:Body></s:Envelope>';
  expect((await pc.console.post(envelope)).status).toBe(200);
  simulator.raise('case-opened');
  await server.count(2);
  await expect.poll(() => simulator.received.deliveries.map(({ status }) => status)).toEqual([200]);
});

test('what happens while the cable is out is lost, and then the link is up', async () => {
  const { simulator, server } = await subscribed();
  await using _server = server;
  await using _pc = simulator;
  await simulator.unplug();
  simulator.raise('case-opened');
  await simulator.plug();
  await server.count(1);
  expect(events(server.posts)).toEqual(['link-up']);
  expect(simulator.firmware.state.events.records).toHaveLength(1);
});

test('traps go to those whose policy has a filter for it, once each however many policies they have', async () => {
  await using socket = await trapSocket();
  const { simulator, console } = await start({ alerts: { trapPort: socket.port } });
  await using _pc = simulator;
  const subscriber = { AccessInfo: '127.0.0.1', CommunityString: 'lab', InfoFormat: 3 };
  for (const PolicyID of [4, 5]) await console.create('AMT_SNMPEventSubscriber', { ...subscriber, PolicyID });
  simulator.raise('no-boot-medium');
  simulator.raise('case-opened');
  simulator.raise('link-up');
  await socket.count(2);
  const traps = socket.datagrams.map(decodeTrap);
  expect(traps.map((trap) => alertOfTrap(trap).event)).toEqual(['case-opened', 'link-up']);
  expect(traps.map(({ sequence, community, agent }) => [sequence, community, agent])).toEqual([
    [1, 'lab', '127.0.0.1'],
    [2, 'lab', '127.0.0.1'],
  ]);
  const first = await console.fault(console.create('AMT_SNMPEventSubscriber', { ...subscriber, PolicyID: 4 }));
  expect(first).toBe('AlreadyExists');
});

test('a trap that is repeated is the same trap', async () => {
  await using socket = await trapSocket();
  const { simulator, console } = await start({ alerts: { trapPort: socket.port, trapRepeats: 2 } });
  await using _pc = simulator;
  await console.create('AMT_SNMPEventSubscriber', { AccessInfo: '127.0.0.1', InfoFormat: 3, PolicyID: 4 });
  simulator.raise('case-opened');
  await socket.count(2);
  expect(socket.datagrams[0]).toEqual(socket.datagrams[1]);
});

test('19 knows no traps', async () => {
  const { console } = await start({ profile: 'amt-19' });
  const created = console.create('AMT_SNMPEventSubscriber', { AccessInfo: '127.0.0.1', InfoFormat: 3, PolicyID: 4 });
  expect(await console.fault(created)).toBe('DestinationUnreachable');
});
