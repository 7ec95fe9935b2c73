import { afterEach, describe, expect, it } from 'vitest';
import { AuthenticationFailed, Untrusted } from '../errors.ts';
import { WebService } from '../testing/web-service.ts';
import { createHttpSession, type HttpOptions, type HttpSession } from './http.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.close();
});

async function start(options: Partial<HttpOptions> = {}) {
  const firmware = await new WebService().listen();
  const session = sessionTo(firmware.port, options);
  running.push(firmware, session);
  return { firmware, session };
}

function sessionTo(port: number, options: Partial<HttpOptions> = {}): HttpSession {
  return createHttpSession({ host: '127.0.0.1', port, tls: false, user: 'admin', password: 'right', ...options });
}

describe('A log-in', () => {
  it('with a wrong password is tried once', async () => {
    const { firmware, session } = await start({ password: 'wr0ng-secret' });
    const refused = session.post('<x/>');
    await expect(refused).rejects.toBeInstanceOf(AuthenticationFailed);
    await expect(refused).rejects.not.toThrow(/wr0ng-secret/);
    await expect(refused).rejects.toMatchObject({ lockedUntil: undefined });
    expect(firmware.logins).toHaveLength(1);
  });

  it('that is refused again says until when the account may be locked, and still costs one try', async () => {
    const { firmware, session } = await start({ password: 'wr0ng' });
    await expect(session.post('<x/>')).rejects.toMatchObject({ lockedUntil: undefined });
    await expect(session.post('<x/>')).rejects.toMatchObject({ lockedUntil: expect.any(Date) });
    expect(firmware.logins).toHaveLength(2);
  });

  it('that was good before and is refused now says so: changed or locked', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    firmware.password = 'changed';
    const refused = session.post('<x/>');
    await expect(refused).rejects.toMatchObject({ lockedUntil: expect.any(Date), hint: /was good before/ });
    expect(firmware.logins).toHaveLength(3);
  });

  it('that was refused begins afresh when asked again', async () => {
    const { firmware, session } = await start();
    firmware.password = 'not yet';
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(AuthenticationFailed);
    firmware.password = 'right';
    firmware.age();
    expect((await session.post('<x/>')).status).toBe(200);
  });

  it('takes a new nonce when the old one has aged, marked stale or not', async () => {
    for (const stale of ['true', 'false']) {
      const { firmware, session } = await start();
      await session.post('<x/>');
      firmware.age();
      firmware.stale = stale;
      expect((await session.post('<x/>')).status).toBe(200);
      expect(firmware.logins).toHaveLength(3);
    }
  });

  it('that is told for ever to be stale is given up', async () => {
    const { firmware, session } = await start({ password: 'wr0ng' });
    firmware.stale = 'true';
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(AuthenticationFailed);
    expect(firmware.logins.length).toBeLessThanOrEqual(3);
  });

  it('works with names and passwords beyond ASCII', async () => {
    const { firmware, session } = await start({ user: 'Jürgen “J”', password: 'größer als ∞' });
    firmware.password = 'größer als ∞';
    expect((await session.post('<x/>')).status).toBe(200);
    expect(() => sessionTo(firmware.port, { user: 'a\nb' })).toThrow(TypeError);
  });

  it('goes on with a new password without trying the old one', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    firmware.password = 'new';
    session.setPassword('new');
    expect((await session.post('<x/>')).status).toBe(200);
    expect(firmware.logins).toHaveLength(2);
  });

  it('protects the body too where the firmware insists, and only there', async () => {
    const { firmware, session } = await start();
    firmware.qop = 'auth-int';
    expect((await session.post('<x>body</x>')).status).toBe(200);
    expect(firmware.requests.at(-1)?.authorization?.qop).toBe('auth-int');
    firmware.qop = 'auth-int, auth';
    firmware.age();
    expect((await session.post('<x>body</x>')).status).toBe(200);
    expect(firmware.requests.at(-1)?.authorization?.qop).toBe('auth');
  });

  it('is never sent to another realm than the known one', async () => {
    const { firmware, session } = await start({ realm: 'Digest:00000000000000000000000000000000' });
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(Untrusted);
    expect(firmware.logins).toEqual([]);
  });

  it('is never sent to another realm than the first one', async () => {
    const { firmware, session } = await start();
    await session.post('<x/>');
    firmware.realm = 'Digest:00000000000000000000000000000000';
    firmware.age();
    await expect(session.post('<x/>')).rejects.toBeInstanceOf(Untrusted);
    expect(firmware.logins).toHaveLength(2);
  });

  it('that is asked for in another way than Digest is not possible', async () => {
    const { firmware, session } = await start();
    firmware.challenge = 'Negotiate';
    await expect(session.post('<x/>')).rejects.toThrow(/not Digest/);
  });
});
