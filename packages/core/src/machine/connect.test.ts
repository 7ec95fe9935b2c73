import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthenticationFailed, Cancelled, ConnectFailed, Untrusted } from '../errors.ts';
import { officeRsa, somebodyElse } from '../testing/certificates.ts';
import { chunked, REALM, WebService } from '../testing/web-service.ts';
import type { ByteStream, Dial, DialTarget } from '../transport/stream.ts';
import { dialTcp } from '../transport/tcp.ts';
import { actions, decodeMessage } from '../wsman/envelope.ts';
import { classNameOf, ns } from '../wsman/references.ts';
import { type ConnectOptions, connect } from './connect.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.close();
});

const UUID = '4c4c4544-0043-4c10-8052-b4c04f564433';

/** Web services that say what they are; `undefined` where there is none. */
async function start({ plain = true, tls = true }: { plain?: boolean; tls?: boolean } = {}) {
  const open = async (service: WebService) => {
    running.push(service);
    service.reply = (socket, body) => socket.write(chunked(describeItself(body)));
    return await service.listen();
  };
  const services = {
    plain: plain ? await open(new WebService()) : undefined,
    tls: tls ? await open(new WebService(officeRsa)) : undefined,
  };
  return { ...services, reach: { host: '127.0.0.1', password: 'right', dial: doors(services) } };
}

/** Leads the standard ports to these services. */
function doors({ plain, tls }: { plain?: WebService | undefined; tls?: WebService | undefined }) {
  return (target: DialTarget): Promise<ByteStream> => {
    const service = target.port === 16993 ? tls : plain;
    if (service !== undefined) return dialTcp({ ...target, port: service.port });
    return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  };
}

async function enter(options: ConnectOptions) {
  const machine = await connect(options);
  running.push(machine);
  return machine;
}

describe('Connecting', () => {
  it('finds the port with TLS, and says what the firmware is', async () => {
    const { reach, plain } = await start();
    const machine = await enter(reach);
    expect(machine.firmware).toEqual({
      version: '15.0.23',
      build: '1706',
      product: 'amt',
      uuid: UUID,
      port: 16993,
      tls: true,
      realm: REALM,
    });
    expect(machine.certificate?.fingerprint).toBe(officeRsa.fingerprint);
    expect(plain?.connections).toBe(0);
  });

  it('goes in without TLS where there is none', async () => {
    const { reach } = await start({ tls: false });
    const machine = await enter(reach);
    expect(machine.firmware).toMatchObject({ port: 16992, tls: false });
    expect(machine).not.toHaveProperty('certificate');
  });

  it('tries TLS first on a port of which nothing is known', async () => {
    const { plain, tls } = await start();
    const reach = { host: '127.0.0.1', password: 'right' };
    expect((await enter({ ...reach, ports: { wsman: tls?.port ?? 0 } })).firmware.tls).toBe(true);
    expect((await enter({ ...reach, ports: { wsman: plain?.port ?? 0 } })).firmware.tls).toBe(false);
  });

  it('never goes without TLS where a certificate is expected', async () => {
    const { reach, plain } = await start({ tls: false });
    const refused = connect({ ...reach, fingerprint: officeRsa.fingerprint });
    await expect(refused).rejects.toBeInstanceOf(ConnectFailed);
    await expect(refused).rejects.toThrow(/A certificate is expected of 127\.0\.0\.1, so it is not asked without TLS/);
    expect(plain?.connections).toBe(0);
  });

  it('never goes without TLS because a certificate is another one', async () => {
    const { reach, plain, tls } = await start();
    const refused = connect({ ...reach, fingerprint: somebodyElse.fingerprint });
    await expect(refused).rejects.toBeInstanceOf(Untrusted);
    expect([plain?.connections, tls?.requests.length]).toEqual([0, 0]);
  });

  it('to a machine that speaks only TLS, asked without, says so', async () => {
    const { reach } = await start({ plain: false });
    const refused = connect({ ...reach, tls: 'off' });
    await expect(refused).rejects.toBeInstanceOf(ConnectFailed);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/^127\.0\.0\.1 speaks only TLS: .*refused.* Port 16993 is open\.$/),
      hint: expect.stringContaining('auto or on'),
    });
  });

  it('where every port is closed names them', async () => {
    const { reach } = await start({ plain: false, tls: false });
    await expect(connect(reach)).rejects.toThrow(/port 16993 refused.*port 16992 refused/);
    await expect(connect({ ...reach, tls: 'off' })).rejects.toThrow(
      /^127\.0\.0\.1 port 16992 refused the connection\.$/,
    );
    await expect(connect({ ...reach, tls: 'on' })).rejects.toThrow(
      /^127\.0\.0\.1 port 16993 refused the connection\.$/,
    );
  });

  it('without TLS to a door that opens and says nothing is not a matter of TLS', async () => {
    const { reach } = await start();
    const mute = net.createServer((socket) => socket.once('data', () => socket.destroy()));
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    running.push({ close: async () => void mute.close() });
    const { port } = mute.address() as net.AddressInfo;
    const dial: Dial = (target) => (target.port === 16992 ? dialTcp({ ...target, port }) : reach.dial(target));
    await expect(connect({ ...reach, dial, tls: 'off' })).rejects.toThrow(
      /^127\.0\.0\.1 port 16992 closed the connection/,
    );
  });

  it('to a name nobody knows, or to one port in both ways, says so once', async () => {
    const refuse = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    const options = { host: 'pc', password: 'right' };
    await expect(connect({ ...options, dial: refuse('ENOTFOUND') })).rejects.toThrow(/^pc is not a known name\.$/);
    await expect(connect({ ...options, ports: { wsman: 9 }, dial: refuse('ECONNREFUSED') })).rejects.toThrow(
      /^pc port 9 refused the connection\.$/,
    );
  });

  it('with a wrong password is tried once and at one door', async () => {
    const { reach, plain, tls } = await start();
    await expect(connect({ ...reach, password: 'wrong' })).rejects.toBeInstanceOf(AuthenticationFailed);
    expect([plain?.connections, tls?.logins.length]).toEqual([0, 1]);
  });

  it('that breaks off after the first answer does not go on at another door', async () => {
    const { reach, plain, tls } = await start();
    if (tls !== undefined) tls.reply = (socket) => socket.destroy();
    for (const known of [{}, { realm: REALM }]) {
      await expect(connect({ ...reach, ...known })).rejects.toThrow(/port 16993 closed the connection/);
    }
    expect(plain?.connections).toBe(0);
  });

  it('to another realm than the known one sends no log-in', async () => {
    const { reach, tls } = await start();
    await expect(connect({ ...reach, realm: 'Digest:00' })).rejects.toBeInstanceOf(Untrusted);
    expect(tls?.logins).toEqual([]);
  });

  it('lets a user in who may read nothing', async () => {
    const { reach, tls } = await start();
    if (tls !== undefined) tls.reply = chunked(denied(), '400 Bad Request');
    expect((await enter(reach)).firmware).toEqual({
      version: '12.0.67.1579',
      build: '',
      product: 'amt',
      uuid: undefined,
      port: 16993,
      tls: true,
      realm: REALM,
    });
  });

  it('is given up when the caller wants', async () => {
    const stop = new AbortController();
    const dial = () => {
      stop.abort();
      return new Promise<never>(() => {});
    };
    await expect(connect({ host: 'office-pc', password: 'x', dial, signal: stop.signal })).rejects.toBeInstanceOf(
      Cancelled,
    );
  });

  it('with a fingerprint or a host that is none is a mistake of the caller', async () => {
    await expect(connect({ host: 'office-pc', password: 'x', fingerprint: 'AA:BB' })).rejects.toBeInstanceOf(TypeError);
    await expect(connect({ host: 'office pc', password: 'x' })).rejects.toBeInstanceOf(TypeError);
  });

  it('tells what each round trip cost', async () => {
    const { reach } = await start();
    let trips = 0;
    await enter({ ...reach, onRoundTrip: () => trips++ });
    // The challenge, Enumerate, Pull, Get.
    expect(trips).toBe(4);
  });
});

/** The answers of a firmware to what is asked while connecting. */
function describeItself(request: string): string {
  const { action, resource } = decodeMessage(request);
  if (action === actions.enumerate) {
    return envelope('<EnumerateResponse><EnumerationContext>1</EnumerationContext></EnumerateResponse>');
  }
  if (classNameOf(resource) === 'CIM_ComputerSystemPackage') {
    return envelope(
      '<CIM_ComputerSystemPackage><PlatformGUID>44454C4C4300104C8052B4C04F564433</PlatformGUID></CIM_ComputerSystemPackage>',
    );
  }
  const versions = { AMT: '15.0.23', 'Build Number': '1706', Sku: '16392' };
  const items = Object.entries(versions).map(
    ([id, version]) =>
      `<CIM_SoftwareIdentity><InstanceID>${id}</InstanceID><VersionString>${version}</VersionString></CIM_SoftwareIdentity>`,
  );
  return envelope(`<PullResponse><Items>${items.join('')}</Items><EndOfSequence></EndOfSequence></PullResponse>`);
}

function denied(): string {
  return envelope(
    '<Fault><Code><Value>a:Sender</Value><Subcode><Value>e:AccessDenied</Value></Subcode></Code><Reason><Text>No.</Text></Reason></Fault>',
  );
}

function envelope(body: string): string {
  return `<a:Envelope xmlns:a="${ns.soap}"><a:Header></a:Header><a:Body>${body}</a:Body></a:Envelope>`;
}
