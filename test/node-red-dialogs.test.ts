/** What the dialogs of the editor are told by Node-RED: choices, and what comes of *Test connection*. */
import { needs } from '@amtkit/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { global, nodeRedVersions } from './support/node-red.ts';
import { Lab, labFlow } from './support/node-red-lab.ts';
import { password } from './support/scenario.ts';

describe.each(nodeRedVersions)('%s', needs('peers'), (version) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open(version, {
      pcs: { pc: {}, modern: { profile: 'amt-16' } },
      media: { debian: new Uint8Array(2048) },
    });
    const kept = global({ id: 'kept', type: 'amt-machine', source: 'host', host: lab.address(), tls: 'off' });
    await lab.nodeRed.deploy(labFlow({ ...kept, credentials: { user: 'admin', password } }));
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });
  const get = async (path: string) => {
    const response = await lab.nodeRed.admin(path);
    return { status: response.status, text: await response.text() };
  };
  const test = async (config: Readonly<Record<string, unknown>>) => {
    const body = JSON.stringify({ id: 'new', type: 'amt-machine', tls: 'off', ...config });
    const response = await lab.nodeRed.admin('/amt-machine/test', { method: 'POST', body });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };

  it('Help and words come in the language of the person at the editor', async () => {
    const headers = { Accept: 'text/html', 'Accept-Language': 'de' };
    const html = await (await lab.nodeRed.admin('/nodes', { headers })).text();
    expect(html).toContain('Schaltet einen PC ein und aus');
    expect(html).not.toContain('Switches a PC on and off');
    const words = await get('/nodes/messages?lng=de');
    expect(words.text).toContain('Verbindung prüfen');
  });

  it('Machines, media and capabilities of a fleet that runs, and never a credential', async () => {
    const { status, text } = await get('/amt-fleet/running/fleet');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      machines: [{ name: 'pc' }, { name: 'modern' }],
      media: ['debian'],
      capabilities: expect.arrayContaining([expect.objectContaining({ id: 'boot.https', group: 'Boot' })]),
    });
    expect(text).not.toContain(password);
  });

  it('Of a fleet that is not deployed yet, by the path of its book; and what is wrong with that', async () => {
    expect((await get('/amt-fleet/running/new')).status).toBe(404);
    const { text } = await get(`/amt-fleet/book?path=${encodeURIComponent(lab.book.path)}`);
    expect(JSON.parse(text)).toMatchObject({ book: lab.book.path, media: ['debian'] });
    expect(text).not.toContain(password);
    const wrong = await get(`/amt-fleet/book?path=${encodeURIComponent('/proc/version')}`);
    expect(wrong.status).toBe(422);
    expect(JSON.parse(wrong.text).message).toContain('/proc/version');
  });

  it('A machine of the book, and one with an address, answer', async () => {
    expect(await test({ source: 'book', fleet: 'fleet', machine: 'pc' })).toMatchObject({ ok: true, power: 'off' });
    const entered = { source: 'host', host: lab.address(), credentials: { user: 'admin', password } };
    expect(await test(entered)).toMatchObject({ ok: true, host: '127.0.0.1', version: expect.stringMatching(/^12\./) });
  });

  it('The password that Node-RED keeps is used where none is entered, and is not told', async () => {
    const unchanged = { user: 'admin', password: '__PWRD__' };
    const tested = await test({ id: 'kept', source: 'host', host: lab.address(), credentials: unchanged });
    expect(tested).toMatchObject({ ok: true });
    expect(JSON.stringify(tested)).not.toContain(password);
    const other = await test({ id: 'new', source: 'host', host: lab.address(), credentials: unchanged });
    expect(other).toMatchObject({ ok: false, code: 'INVALID', message: expect.stringContaining('has no password') });
  });

  it('The certificate is shown, and another one than the confirmed one is refused', async () => {
    const { host, ports } = lab.pcs.modern ?? { host: '', ports: {} };
    const modern = {
      source: 'host',
      host: `${host}:${ports.wsmanTls}`,
      tls: 'on',
      credentials: { user: 'admin', password },
    };
    const { fingerprint, ...first } = await test(modern);
    expect(first).toMatchObject({ ok: true });
    expect(fingerprint).toBe(lab.pcs.modern?.certificate?.fingerprint);
    expect(await test({ ...modern, fingerprint })).toMatchObject({ ok: true });
    const another = String(fingerprint).replaceAll(/[0-9A-F]{2}/g, 'AB');
    expect(await test({ ...modern, fingerprint: another })).toMatchObject({
      ok: false,
      code: 'UNTRUSTED',
      presented: fingerprint,
    });
  });

  it('What fails is a sentence with a code', async () => {
    const entered = { source: 'host', host: lab.address(), credentials: { user: 'admin', password: 'wrong' } };
    expect(await test(entered)).toMatchObject({ ok: false, code: 'AUTHENTICATION_FAILED' });
    expect(await test({ ...entered, host: '127.0.0.1:1' })).toMatchObject({ ok: false, code: 'CONNECT_FAILED' });
    expect(await test({ ...entered, host: 'http://pc' })).toMatchObject({ ok: false, code: 'INVALID' });
    expect(await test({ source: 'book', fleet: 'fleet', machine: 'nobody' })).toMatchObject({
      ok: false,
      code: 'INVALID',
    });
    expect(await test({ source: 'message' })).toMatchObject({ ok: false, code: 'INVALID' });
  });
});
