import { afterEach, describe, expect, it } from 'vitest';
import { AmtError, ConnectFailed, MethodFailed, NotSupported, ProtocolError, Refused, WsmanFault } from '../errors.ts';
import { chunked, WebService } from '../testing/web-service.ts';
import { faulty } from '../transport/faulty.ts';
import { dialTcp } from '../transport/tcp.ts';
import { array, boolean, datetime, defineClass, optional, reference, string, uint16 } from './class.ts';
import { AMT_SetupAndConfigurationService } from './classes/amt/AMT_SetupAndConfigurationService.ts';
import { CIM_PowerManagementService } from './classes/cim/CIM_PowerManagementService.ts';
import { CIM_SoftwareIdentity } from './classes/cim/CIM_SoftwareIdentity.ts';
import { createWsmanClient } from './client.ts';
import { actions, decodeMessage, type WsmanMessage } from './envelope.ts';
import { createHttpSession, type HttpOptions } from './http.ts';
import { classNameOf, ns } from './references.ts';
import { elementOf, textOf } from './xml.ts';

/** A made-up class with everything that makes a difference on the wire. */
const AMT_Thing = defineClass({
  name: 'AMT_Thing',
  properties: {
    Active: boolean,
    Changed: datetime,
    InstanceID: string,
    Level: uint16,
    Owner: reference,
    Words: array(string),
  },
  readOnly: ['Serial'],
  methods: {
    Do: { input: { Level: uint16, Note: optional(string) }, output: { Result: string, ReturnValue: uint16 } },
  },
});
const CIM_Thing = defineClass({
  name: 'CIM_Thing',
  properties: {},
  methods: { Do: { input: {}, output: { ReturnValue: uint16 } } },
});

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.close();
});

/** A firmware that answers from a list, the last entry for ever: XML inside the body, or a whole HTTP reply. */
async function start(answers: readonly string[], options: Partial<HttpOptions> = {}) {
  const firmware = await new WebService().listen();
  const asked: WsmanMessage[] = [];
  firmware.reply = (socket, body) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? '';
    asked.push(decodeMessage(body));
    if (answer === 'hang up') socket.destroy();
    else socket.write(answer.startsWith('HTTP/') ? answer : chunked(envelope(answer)));
  };
  const http = createHttpSession({
    host: '127.0.0.1',
    port: firmware.port,
    tls: false,
    user: 'admin',
    password: 'right',
    ...options,
  });
  running.push(firmware, http);
  return { firmware, http, asked, wsman: createWsmanClient(http, 'office-pc') };
}

const bodies = (asked: readonly WsmanMessage[]) => asked.map(({ body }) => body);
const kinds = (asked: readonly WsmanMessage[]) => asked.map(({ action }) => classNameOf(action));

describe('Get', () => {
  it('asks for one instance and reads it, unlisted properties as text', async () => {
    const { wsman, asked } = await start([
      '<g:AMT_Thing><g:Active>true</g:Active><g:Level>7</g:Level><g:Other>x&lt;y</g:Other></g:AMT_Thing>',
    ]);
    const thing = await wsman.get(AMT_Thing, { selectors: { InstanceID: 'one & only' } });
    expect(thing).toMatchObject({ className: 'AMT_Thing', Active: true, Level: 7, raw: { Other: 'x<y' } });
    expect(asked[0]).toMatchObject({
      action: actions.get,
      resource: 'http://intel.com/wbem/wscim/1/amt-schema/1/AMT_Thing',
      selectors: { InstanceID: 'one & only' },
    });
  });

  it('of a class that this firmware has not is a fault, or nothing where that was asked', async () => {
    const { wsman } = await start([chunked(fault('b:DestinationUnreachable'), '400 Bad Request')]);
    await expect(wsman.get(AMT_Thing)).rejects.toMatchObject({
      code: 'WSMAN_FAULT',
      fault: 'DestinationUnreachable',
      message: /^office-pc refused AMT_Thing \(Get\): DestinationUnreachable: Because\. \[AMT-STATUS 1\]$/,
      hint: /does not have the class/,
    });
    expect(await wsman.tryGet(AMT_Thing)).toBeUndefined();
    expect(await wsman.tryEnumerate(AMT_Thing)).toEqual([]);
  });

  it('that is refused for another reason is never nothing', async () => {
    const { wsman } = await start([chunked(fault('e:AccessDenied'), '400 Bad Request')]);
    await expect(wsman.tryGet(AMT_Thing)).rejects.toBeInstanceOf(WsmanFault);
    await expect(wsman.tryEnumerate(AMT_Thing)).rejects.toMatchObject({ fault: 'AccessDenied' });
  });

  it('of a value that cannot be is a protocol error that names machine and property', async () => {
    const { wsman } = await start(['<g:AMT_Thing><g:Level>many</g:Level></g:AMT_Thing>']);
    const refused = wsman.get(AMT_Thing);
    await expect(refused).rejects.toBeInstanceOf(ProtocolError);
    await expect(refused).rejects.toThrow(/^office-pc: AMT_Thing\.Level ought to be a whole number/);
  });
});

describe('Enumerate', () => {
  const begun = '<g:EnumerateResponse><g:EnumerationContext>5E1A0000-0</g:EnumerationContext></g:EnumerateResponse>';
  const items = (ids: string, rest: string) => `<g:PullResponse><g:Items>${ids}</g:Items>${rest}</g:PullResponse>`;
  const identity = (id: string) =>
    `<h:CIM_SoftwareIdentity><h:InstanceID>${id}</h:InstanceID></h:CIM_SoftwareIdentity>`;
  const more = '<g:EnumerationContext>5E1B0000-0</g:EnumerationContext>';
  const end = '<g:EndOfSequence></g:EndOfSequence>';

  it('pulls until the end, and keeps the class each instance is of', async () => {
    const { wsman, asked } = await start([
      begun,
      items(identity('a') + identity('b'), more),
      items('<h:AMT_Special><h:InstanceID>c</h:InstanceID></h:AMT_Special>', end),
    ]);
    const found = await wsman.enumerate(CIM_SoftwareIdentity);
    expect(found.map(({ className, InstanceID }) => `${className} ${InstanceID}`)).toEqual([
      'CIM_SoftwareIdentity a',
      'CIM_SoftwareIdentity b',
      'AMT_Special c',
    ]);
    expect(
      bodies(asked)
        .slice(1)
        .map((body) => textOf(elementOf(body.Pull).EnumerationContext)),
    ).toEqual(['5E1A0000-0', '5E1B0000-0']);
  });

  it('of a class without instances is empty', async () => {
    const { wsman } = await start([begun, items('', end)]);
    expect(await wsman.enumerate(CIM_SoftwareIdentity)).toEqual([]);
  });

  it('begins again, once, when its context is gone', async () => {
    const gone = chunked(fault('c:InvalidEnumerationContext'), '400 Bad Request');
    const { wsman, asked } = await start([begun, gone, begun, items(identity('a'), end)]);
    expect(await wsman.enumerate(CIM_SoftwareIdentity)).toHaveLength(1);
    expect(kinds(asked)).toEqual(['Enumerate', 'Pull', 'Enumerate', 'Pull']);
    const never = await start([begun, gone, begun, gone]);
    await expect(never.wsman.enumerate(CIM_SoftwareIdentity)).rejects.toMatchObject({
      fault: 'InvalidEnumerationContext',
    });
    expect(never.asked).toHaveLength(4);
  });

  it('begins again when the connection is lost under a Pull, which is not repeated', async () => {
    const { wsman, asked } = await start([
      begun,
      items(identity('a'), more),
      'hang up',
      begun,
      items(identity('a'), end),
    ]);
    expect(await wsman.enumerate(CIM_SoftwareIdentity)).toHaveLength(1);
    expect(kinds(asked)).toEqual(['Enumerate', 'Pull', 'Pull', 'Enumerate', 'Pull']);
  });

  it('without end is given up', async () => {
    const { wsman } = await start([begun, items(identity('a'), more)]);
    await expect(wsman.enumerate(CIM_SoftwareIdentity)).rejects.toThrow(
      'office-pc has no end to its CIM_SoftwareIdentity.',
    );
  });
});

describe('Writing', () => {
  const stored =
    '<g:AMT_Thing><g:Active>false</g:Active><g:Changed><h:Datetime>2024-01-03T00:44:35Z</h:Datetime></g:Changed>' +
    '<g:InstanceID>a&amp;b</g:InstanceID><g:Level>7</g:Level><g:Other>keep</g:Other><g:Serial>1</g:Serial>' +
    '<g:Words>x</g:Words><g:Words>y</g:Words></g:AMT_Thing>';

  it('a change reads first, keeps what we do not know, leaves out what firmware refuses, in the order of the schema', async () => {
    const { wsman, asked } = await start([
      stored.replace('<g:Level>7</g:Level>', ''),
      stored.replace('<g:Level>7', '<g:Level>8'),
    ]);
    const after = await wsman.update(AMT_Thing, { Level: 8, Active: true }, { selectors: { InstanceID: 'a&b' } });
    expect(after.Level).toBe(8);
    expect(kinds(asked)).toEqual(['Get', 'Put']);
    expect(asked[1]?.selectors).toEqual({ InstanceID: 'a&b' });
    const sent = elementOf(asked[1]?.body.AMT_Thing);
    expect(Object.keys(sent)).toEqual(['Active', 'Changed', 'InstanceID', 'Level', 'Other', 'Words']);
    expect(sent).toMatchObject({ Active: 'true', InstanceID: 'a&b', Level: '8', Other: 'keep', Words: ['x', 'y'] });
    expect(textOf(elementOf(sent.Changed).Datetime)).toBe('2024-01-03T00:44:35Z');
  });

  it('a change takes out what is given as nothing', async () => {
    const { wsman, asked } = await start([stored]);
    await wsman.update(AMT_Thing, { Words: undefined });
    expect(elementOf(asked[1]?.body.AMT_Thing)).not.toHaveProperty('Words');
  });

  it('a property that does not exist is our own mistake', async () => {
    const { wsman, asked } = await start([stored]);
    await expect(wsman.put(AMT_Thing, { Nonsense: 1 } as never)).rejects.toBeInstanceOf(TypeError);
    expect(asked).toEqual([]);
  });

  it('a new instance gives back where it is', async () => {
    const { wsman, asked } = await start([
      `<g:ResourceCreated><b:Address>default</b:Address><b:ReferenceParameters><c:ResourceURI>http://intel.com/wbem/wscim/1/amt-schema/1/AMT_Thing</c:ResourceURI><c:SelectorSet><c:Selector Name="InstanceID">new</c:Selector></c:SelectorSet></b:ReferenceParameters></g:ResourceCreated>`,
    ]);
    expect(await wsman.create(AMT_Thing, { Level: 1 })).toEqual({
      className: 'AMT_Thing',
      selectors: { InstanceID: 'new' },
    });
    expect(kinds(asked)).toEqual(['Create']);
  });

  it('deleting says which one', async () => {
    const { wsman, asked } = await start(['']);
    await wsman.delete(AMT_Thing, { selectors: { InstanceID: 'one' } });
    expect(asked[0]).toMatchObject({ action: actions.delete, selectors: { InstanceID: 'one' } });
  });
});

describe('Invoke', () => {
  it('sends its input in the order of the definition and leaves out what is not given', async () => {
    const { wsman, asked } = await start([
      '<g:Do_OUTPUT><g:Result>done</g:Result><g:ReturnValue>0</g:ReturnValue></g:Do_OUTPUT>',
    ]);
    expect(await wsman.invoke(AMT_Thing, 'Do', { Note: 'n', Level: 2 })).toEqual({ Result: 'done', ReturnValue: 0 });
    expect(asked[0]?.action).toBe('http://intel.com/wbem/wscim/1/amt-schema/1/AMT_Thing/Do');
    await wsman.invoke(AMT_Thing, 'Do', { Level: 2, Note: undefined });
    expect(bodies(asked).map((body) => Object.keys(elementOf(body.Do_INPUT)))).toEqual([['Level', 'Note'], ['Level']]);
  });

  it('that is refused throws with the number and its name', async () => {
    const { wsman } = await start([
      '<g:RequestPowerStateChange_OUTPUT><g:ReturnValue>2</g:ReturnValue></g:RequestPowerStateChange_OUTPUT>',
    ]);
    const refused = wsman.invoke(CIM_PowerManagementService, 'RequestPowerStateChange', { PowerState: 'Off - Soft' });
    await expect(refused).rejects.toBeInstanceOf(MethodFailed);
    await expect(refused).rejects.toMatchObject({
      host: 'office-pc',
      className: 'CIM_PowerManagementService',
      method: 'RequestPowerStateChange',
      returnValue: 2,
      returnName: 'Unknown or Unspecified Error',
    });
  });

  it('that will be done later has not failed', async () => {
    const { wsman } = await start(['<g:Do_OUTPUT><g:ReturnValue>4096</g:ReturnValue></g:Do_OUTPUT>']);
    expect(await wsman.invoke(CIM_Thing, 'Do', {})).toEqual({ ReturnValue: 4096 });
  });

  it('without a return value is taken for what it gives, and is an error when it gives nothing', async () => {
    const { wsman } = await start([
      '<g:GetUuid_OUTPUT><g:UUID>AAECAw==</g:UUID></g:GetUuid_OUTPUT>',
      '<g:GetUuid_OUTPUT></g:GetUuid_OUTPUT>',
      '',
    ]);
    expect(await wsman.invoke(AMT_SetupAndConfigurationService, 'GetUuid', {})).toEqual({
      UUID: Uint8Array.of(0, 1, 2, 3),
    });
    for (const what of [/GetUuid with nothing/, /answered GetUuid with nothing/]) {
      const refused = wsman.invoke(AMT_SetupAndConfigurationService, 'GetUuid', {});
      await expect(refused).rejects.toBeInstanceOf(ProtocolError);
      await expect(refused).rejects.toThrow(what);
    }
  });

  it('with a return value that is no number is a protocol error', async () => {
    const { wsman } = await start(['<g:Do_OUTPUT><g:ReturnValue>fine</g:ReturnValue></g:Do_OUTPUT>']);
    await expect(wsman.invoke(CIM_Thing, 'Do', {})).rejects.toThrow(
      'office-pc answered CIM_Thing.Do with the ReturnValue "fine".',
    );
  });

  it('is never repeated by itself when the connection is lost under it', async () => {
    const { wsman, asked } = await start(['', 'hang up']);
    await wsman.delete(AMT_Thing, {});
    const unclear = wsman.invoke(CIM_Thing, 'Do', {});
    await expect(unclear).rejects.toBeInstanceOf(ConnectFailed);
    await expect(unclear).rejects.toThrow(/unclear/);
    expect(asked).toHaveLength(2);
  });
});

describe('Identify', () => {
  it('says what the firmware calls itself', async () => {
    const { wsman, firmware } = await start([]);
    firmware.reply = chunked(
      envelope(
        '<g:IdentifyResponse><g:ProtocolVersion>p</g:ProtocolVersion><g:ProductVendor>Intel(r)</g:ProductVendor><g:ProductVersion>AMT 15.0</g:ProductVersion><g:SecurityProfiles><g:SecurityProfileName>digest</g:SecurityProfileName></g:SecurityProfiles></g:IdentifyResponse>',
      ),
    );
    expect(await wsman.identify()).toEqual({
      vendor: 'Intel(r)',
      version: 'AMT 15.0',
      protocol: 'p',
      securityProfiles: ['digest'],
    });
    expect(firmware.requests.at(-1)?.body).not.toContain('addressing');
  });
});

describe('A firmware that misbehaves', () => {
  it.each([
    ['XML that is not closed', chunked('<a:Envelope><a:Body><x></a:Body></a:Envelope>'), /malformed/],
    ['an unfinished document', chunked('<a:Envelope><a:Body>'), /malformed/],
    ['no XML', chunked('{"ok":true}'), /malformed/],
    ['nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', /malformed/],
    ['a page for people', chunked('<html><body>Hello</body></html>'), /not a SOAP envelope/],
    ['a DOCTYPE', chunked(`<!DOCTYPE x [<!ENTITY a "b">]>${envelope('')}`), /DOCTYPE/],
    [
      'an entity of its own',
      chunked(envelope('<g:AMT_Thing><g:InstanceID>&a;</g:InstanceID></g:AMT_Thing>')),
      /entity/,
    ],
    ['an envelope without a body', chunked('<a:Envelope><a:Header></a:Header></a:Envelope>'), /no body/],
    ['an empty body', chunked(envelope('')), /empty body/],
  ])('by answering %s is a protocol error that names the machine', async (_what, reply, said) => {
    const { wsman } = await start([reply]);
    const refused = wsman.get(AMT_Thing);
    await expect(refused).rejects.toBeInstanceOf(ProtocolError);
    await expect(refused).rejects.toThrow(said);
    await expect(refused).rejects.toMatchObject({ host: 'office-pc', message: /^office-pc/ });
  });

  it('by a page for people with a status of refusal is a refusal', async () => {
    const page = (status: string) => chunked('<html><body><br></body></html>', status);
    const { wsman } = await start(['503 Busy', '403 Forbidden', '404 Not Found', '500 Oops'].map(page));
    await expect(wsman.get(AMT_Thing)).rejects.toMatchObject({
      busy: true,
      hint: /Close other consoles, wait a minute/,
    });
    await expect(wsman.get(AMT_Thing)).rejects.toBeInstanceOf(Refused);
    await expect(wsman.get(AMT_Thing)).rejects.toBeInstanceOf(NotSupported);
    await expect(wsman.get(AMT_Thing)).rejects.toThrow('office-pc refused the request (HTTP 500).');
  });

  it('by a fault under any status is that fault', async () => {
    const { wsman } = await start([
      chunked(fault('e:InternalError'), '500 Internal Server Error'),
      chunked(fault('x:Odd')),
    ]);
    await expect(wsman.get(AMT_Thing)).rejects.toMatchObject({ fault: 'InternalError', detail: 'AMT-STATUS 1' });
    await expect(wsman.get(AMT_Thing)).rejects.toMatchObject({ fault: 'Odd' });
  });

  it('by cutting after any number of bytes, or by single bytes, is an answer or one of our errors', async () => {
    // Longer than the request, so that both are cut.
    const reply = `<g:AMT_Thing><g:InstanceID>${'ä'.repeat(800)}</g:InstanceID></g:AMT_Thing>`;
    const { firmware } = await start([reply]);
    const outcomes = new Set<string>();
    for (let cutAfter = 600; cutAfter < 3000; cutAfter += 61) {
      const http = createHttpSession({
        host: '127.0.0.1',
        port: firmware.port,
        tls: false,
        user: 'admin',
        password: 'right',
        dial: async (target) => faulty(await dialTcp(target), { cutAfter, splitBytes: 3, seed: cutAfter }),
      });
      const outcome = await createWsmanClient(http, 'office-pc')
        .get(AMT_Thing)
        .catch((error: unknown) => error);
      outcomes.add(
        outcome instanceof AmtError ? outcome.code : (outcome as { InstanceID: string }).InstanceID.slice(0, 1),
      );
      await http.close();
    }
    expect([...outcomes].sort()).toEqual(['CONNECT_FAILED', 'PROTOCOL_ERROR', 'ä']);
  });
});

function envelope(body: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:a="${ns.soap}" xmlns:b="${ns.addressing}" xmlns:c="${ns.wsman}" xmlns:g="g" xmlns:h="h">` +
    `<a:Header></a:Header><a:Body>${body}</a:Body></a:Envelope>`
  );
}

function fault(subcode: string): string {
  return envelope(
    `<a:Fault><a:Code><a:Value>a:Sender</a:Value><a:Subcode><a:Value>${subcode}</a:Value></a:Subcode></a:Code>` +
      '<a:Reason><a:Text xml:lang="en-US">Because.</a:Text></a:Reason><a:Detail>AMT-STATUS 1</a:Detail></a:Fault>',
  );
}
