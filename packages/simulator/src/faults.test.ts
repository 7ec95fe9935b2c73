/** Misbehaviour on request, and its repetition by the seed. */
import { encodeRequest, resourceUri } from '@amtkit/core/wire';
import { describe, expect, test } from 'vitest';
import { type AnswerFault, FaultPlan, parseFaults } from './faults.ts';
import { start, TestConsole, Wire } from './testing/console.ts';

describe('faults in words', () => {
  test.each([
    ['', {}],
    ['split', { splitBytes: true }],
    ['split=3', { splitBytes: 3 }],
    ['split,cut=400,busy=0.1', { splitBytes: true, cutAfter: 400, answers: { busy: 0.1 } }],
    ['delay=50, drop=9, corrupt=1000, seed=7', { delayMs: 50, dropAfter: 9, corruptEvery: 1000, seed: 7 }],
    ['hang,fault=2x', { answers: { hang: 1, fault: { times: 2 } } }],
    ['no-display=1x,bad-zlib=0.5', { screens: { 'no-display': { times: 1 }, 'bad-zlib': 0.5 } }],
  ])('%j', (words, faults) => {
    expect(parseFaults(words)).toEqual(faults);
  });

  test.each([
    ['slow', /"slow" is no fault; there are split, .*busy, .*drop-soon/],
    ['cut', /cut needs a whole number/],
    ['cut=-1', /cut needs a whole number/],
    ['busy=2', /busy needs a chance from 0 to 1/],
    ['busy=', /busy needs a chance/],
  ])('%j is refused', (words, problem) => {
    expect(() => parseFaults(words)).toThrow(problem);
  });
});

describe('a plan', () => {
  const picks = (seed: number) => {
    const plan = new FaultPlan({ seed, answers: { busy: 0.3, hang: 0.1 } });
    return Array.from({ length: 200 }, () => plan.pick());
  };

  test('is the same for the same seed and another for another', () => {
    expect(picks(7)).toEqual(picks(7));
    expect(picks(7)).not.toEqual(picks(8));
    const busy = picks(7).filter((each) => each === 'busy').length;
    expect(busy).toBeGreaterThan(40);
    expect(busy).toBeLessThan(80);
  });

  test('spoils so many answers and no more', () => {
    const plan = new FaultPlan({ answers: { fault: { times: 2 } } });
    expect([plan.pick(), plan.pick(), plan.pick()]).toEqual(['fault', 'fault', undefined]);
  });
});

describe('a spoiled answer', () => {
  async function spoiled(fault: AnswerFault) {
    const pc = await start({ faults: { answers: { [fault]: { times: 1 } } } });
    const get = () =>
      pc.console.post(
        encodeRequest({
          action: 'http://schemas.xmlsoap.org/ws/2004/09/transfer/Get',
          resource: resourceUri('AMT_GeneralSettings'),
          messageId: '1',
        }),
      );
    return { ...pc, get };
  }

  test('is busy in the words of the class, and unavailable elsewhere', async () => {
    const { simulator, console } = await spoiled('busy');
    expect(await console.requestPower(2)).toBe(4099);
    expect(simulator.firmware.state.power).toBe('off');
    expect(await console.requestPower(2)).toBe(0);
    const other = await spoiled('busy');
    expect(await other.console.result('AMT_MessageLog', 'ClearLog')).toBe(2082);
    const third = await spoiled('busy');
    expect((await third.get()).status).toBe(503);
    expect((await third.get()).status).toBe(200);
  });

  test('is HTTP 503, and then right again', async () => {
    const { get } = await spoiled('unavailable');
    expect([(await get()).status, (await get()).status]).toEqual([503, 200]);
  });

  test('is a fault, and nothing was done', async () => {
    const { console, state } = await spoiled('fault');
    expect(await console.fault(console.requestPower(2))).toBe('InternalError');
    expect(state.power).toBe('off');
  });

  test('asks who one is, although one said so', async () => {
    const { simulator, get } = await spoiled('unauthorized');
    expect((await get()).status).toBe(200);
    expect(simulator.received.logins.map(({ ok }) => ok)).toEqual([true, true]);
    expect(simulator.received.challenges).toBe(2);
  });

  test('is XML that does not end, or with a DOCTYPE', async () => {
    for (const fault of ['malformed', 'doctype'] as const) {
      const { get, console } = await spoiled(fault);
      const { body, status } = await get();
      expect(status).toBe(200);
      if (fault === 'doctype') expect(body).toContain('<!DOCTYPE');
      else expect(body).not.toContain('</g:AMT_GeneralSettings>');
      await console.get('AMT_GeneralSettings');
    }
  });

  test('breaks off inside a chunk', async () => {
    const { get } = await spoiled('truncated');
    await expect(get()).rejects.toThrow('The connection ended');
  });

  test('is 50 MB long', async () => {
    const { get } = await spoiled('huge');
    const { body, headers } = await get();
    expect(Number(headers.get('content-length'))).toBeGreaterThan(50_000_000);
    expect(body).toHaveLength(Number(headers.get('content-length')));
  });

  test('never comes, while the next connection is served', async () => {
    const { simulator, get } = await spoiled('hang');
    let answered = false;
    void get().then(
      () => {
        answered = true;
      },
      () => {},
    );
    await expect.poll(() => simulator.received.logins.length).toBe(1);
    const other = new TestConsole(simulator);
    await other.get('AMT_GeneralSettings');
    expect(answered).toBe(false);
  });
});

describe('a bad network', () => {
  test('in single bytes changes nothing', async () => {
    const { console } = await start({ faults: { splitBytes: 1 } });
    expect((await console.get('AMT_GeneralSettings')).ElementName).toContain('General Settings');
  });

  test('cuts every connection after so many bytes', async () => {
    const { simulator } = await start({ faults: { cutAfter: 100 } });
    const wire = new Wire(await simulator.dial({ host: simulator.host, port: simulator.ports.wsman ?? 0 }));
    await wire.send('GET /logon.htm HTTP/1.1\r\n\r\n');
    expect((await wire.rest()).length).toBe(100);
  });

  test('ends when the faults are taken back', async () => {
    const { simulator, console } = await start({ faults: { cutAfter: 100 } });
    await expect(console.get('AMT_GeneralSettings')).rejects.toThrow();
    simulator.setFaults();
    await new TestConsole(simulator).get('AMT_GeneralSettings');
  });
});
