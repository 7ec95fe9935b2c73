import { ConnectFailed, RedirectionRefused } from '@amtkit/core';
import { describe, expect, it } from 'vitest';
import { enabling } from './enable.ts';
import { type TestAppOptions, testApp } from './testing/app.ts';

/** A fleet with these switches, and what was asked of it. */
function fleet(switches: Record<string, boolean>) {
  const ran: string[] = [];
  const session = {
    machines: ['office-pc'],
    fleet: {
      machine: async () => ({}),
      readMany: async (_name: string, ids: readonly string[]) => new Map(ids.map((id) => [id, switches[id]])),
      run: async (_name: string, id: string) => {
        ran.push(id);
        switches[id] = true;
      },
    },
  };
  return { session: session as never, ran, switches };
}

const off = () => new RedirectionRefused('office-pc has serial over LAN switched off.');

async function open(
  of: ReturnType<typeof fleet>,
  enable: boolean | undefined,
  options: TestAppOptions = {},
  failure: Error = off(),
) {
  const test = testApp(options);
  let attempts = 0;
  const opened = enabling(test.app, { session: of.session, machine: 'office-pc', service: 'sol', enable }, async () => {
    attempts++;
    if (of.switches['features.sol'] !== true || of.switches['features.listener'] !== true) throw failure;
    return 'open';
  });
  return { ...test, opened: await opened.catch((error: unknown) => error), attempts: () => attempts };
}

const allOff = () => fleet({ 'features.sol': false, 'features.listener': false });

describe('A switch that is off', () => {
  it('asks for nothing where all is on', async () => {
    const of = fleet({ 'features.sol': true, 'features.listener': true });
    expect(await open(of, undefined)).toMatchObject({ opened: 'open' });
    expect(of.ran).toEqual([]);
  });

  it('is named, with its fix, where nobody can be asked', async () => {
    const of = allOff();
    const { opened } = await open(of, undefined);
    expect(opened).toMatchObject({
      code: 'REDIRECTION_REFUSED',
      message: 'Serial over LAN and the redirection listener are switched off on office-pc.',
      hint: 'Add --enable, or run: amt features office-pc --sol on',
    });
    expect(of.ran).toEqual([]);
  });

  it('alone is named alone', async () => {
    const { opened } = await open(fleet({ 'features.sol': true, 'features.listener': false }), undefined);
    expect(opened).toMatchObject({
      message: 'The redirection listener is switched off on office-pc.',
      hint: 'Add --enable, or run: amt features office-pc --listener on',
    });
  });

  it('is switched on with --enable, and that is said', async () => {
    const of = allOff();
    const { opened, stderr } = await open(of, true);
    expect(opened).toBe('open');
    expect(of.ran).toEqual(['features.sol', 'features.listener']);
    expect(stderr()).toBe('office-pc: serial over LAN and the redirection listener switched on.\n');
  });

  it('is switched on when the person at the terminal says yes, and not when they say no', async () => {
    const yes = allOff();
    expect(await open(yes, undefined, { answers: [true] })).toMatchObject({ opened: 'open' });
    const no = allOff();
    expect((await open(no, undefined, { answers: [false] })).opened).toMatchObject({ code: 'REDIRECTION_REFUSED' });
    expect(no.ran).toEqual([]);
  });

  it('is not looked for behind another failure', async () => {
    const busy = new RedirectionRefused('Somebody has it.', { busy: true });
    expect((await open(allOff(), true, {}, busy)).opened).toBe(busy);
    const other = new TypeError('a bug');
    expect((await open(allOff(), true, {}, other)).opened).toBe(other);
  });

  it('is no explanation where all is on: the failure stays what it was', async () => {
    const of = fleet({ 'features.sol': true, 'features.listener': true });
    const gone = new ConnectFailed('Nobody listens.');
    const test = testApp();
    const opened = enabling(test.app, { session: of.session, machine: 'office-pc', service: 'sol', enable: true }, () =>
      Promise.reject(gone),
    );
    await expect(opened).rejects.toBe(gone);
  });
});
