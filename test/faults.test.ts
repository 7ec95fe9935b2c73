/** What goes wrong, as a person at the shell meets it: an exit code, a sentence with what to do, never a secret. */
import { randomInt } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSimulator, manualClock, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt, type Ended } from './support/amt.ts';
import { password } from './support/scenario.ts';

const patience = { timeout: 60_000 };
const wrong = 'Wr0ng!Geheim';
const env = { AMT_PASSWORD: password };

let amt: Amt;

beforeAll(async () => {
  amt = await Amt.open();
});

afterAll(() => amt[Symbol.asyncDispose]());

const secure = ({ host, ports }: Simulator): string => `${host}:${ports.wsmanTls}`;
const plain = ({ host, ports }: Simulator): string => `${host}:${ports.wsman}`;

/** A sentence for people and nothing else: no stack, no secret, and something to do. */
function expectFailure({ status, stdout, stderr }: Ended, expected: number, sentence: RegExp): void {
  expect({ status, stderr }).toMatchObject({ status: expected, stderr: expect.stringMatching(sentence) });
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^amt: .*[.?!\]]$/m);
  expect(stderr).not.toMatch(/\n\s+at |undefined|\[object/);
  expect(stderr).not.toContain(wrong);
  expect(stderr).not.toContain(password);
}

describe('Credentials that are refused', patience, () => {
  it('are tried once, whatever the command reads', async () => {
    for (const line of ['power state', 'info', 'hw', 'features', 'log event', 'net']) {
      await using simulator = await createSimulator({ speed: 0, password });
      expectFailure(await amt.run(`${line} ${secure(simulator)}`, { env: { AMT_PASSWORD: wrong } }), 4, /refused/);
      expect([line, simulator.received.logins]).toMatchObject([line, [{ ok: false }]]);
    }
  });

  it('are tried once by the doctor, who says so', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const { status, stdout } = await amt.run(`doctor ${secure(simulator)}`, { env: { AMT_PASSWORD: wrong } });
    expect(status).toBe(12);
    expect(stdout).toMatch(/broken +login/);
    expect(stdout).not.toContain(wrong);
    expect(simulator.received.logins).toHaveLength(1);
  });

  it('say until when the account is locked, with another exit code', async () => {
    // Its time stands still: the lock lasts.
    await using simulator = await createSimulator({ speed: 0, password, clock: manualClock() });
    const call = () => amt.run(`power state ${plain(simulator)} --tls off`, { env: { AMT_PASSWORD: wrong } });
    let ended = await call();
    for (let tries = 1; ended.status === 4 && tries < 15; tries++) ended = await call();
    expectFailure(ended, 5, /lock|wait/i);
    // Somebody who has corrected the password by now would doubt it otherwise.
    const right = await amt.run(`power state ${plain(simulator)} --tls off`, { env });
    expectFailure(right, 5, /until that ends, \d\d:\d\d:\d\d UTC at the latest, the right password is refused, too/);
  });
});

describe('A machine that is not there', patience, () => {
  it('is exit code 3, and says what to look at', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    await simulator.unplug();
    expectFailure(await amt.run(`power state ${secure(simulator)}`, { env }), 3, /refused the connection/);
  });

  it('that vanishes while it is asked ends the command', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    simulator.use({
      name: 'vanish',
      get: () => {
        void simulator.unplug();
        return undefined;
      },
    });
    const { status, stderr } = await amt.run(`power state ${secure(simulator)} --timeout 2s`, { env });
    expect([3, 8]).toContain(status);
    expect(stderr).toMatch(/^amt: .*\.$/m);
  });

  it('that accepts and then says nothing is given up after --timeout', async () => {
    await using simulator = await createSimulator({ speed: 0, password, faults: { answers: { hang: 1 } } });
    const startedAt = performance.now();
    const ended = await amt.run(`power state ${plain(simulator)} --tls off --timeout 1s`, { env });
    expect([3, 8]).toContain(ended.status);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('that speaks only TLS and is asked without says so', async () => {
    const octet = () => randomInt(1, 254);
    const host = `127.${octet()}.${octet()}.${octet()}`;
    const ports = { rmcp: 0, wsmanTls: 16993 };
    await using simulator = await createSimulator({ speed: 0, password, profile: 'amt-16', host, ports });
    expectFailure(await amt.run(`power state ${simulator.host} --tls off`, { env }), 3, /speaks only TLS/);
    expect((await amt.run(`power state ${simulator.host}`, { env })).stdout).toBe('off\n');
  });
});

describe('A certificate', patience, () => {
  it('that changed is refused with both fingerprints, before anything is sent, until it is trusted', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const target = secure(simulator);
    expect((await amt.run(`power state ${target}`, { env })).status).toBe(0);
    const before = simulator.certificate?.fingerprint ?? '';
    const { fingerprint } = await simulator.renewCertificate();
    const requests = simulator.received.count;
    const refused = await amt.run(`power state ${target}`, { env });
    expectFailure(refused, 6, /certificate/);
    expect(refused.stderr).toContain(before);
    expect(refused.stderr).toContain(fingerprint);
    expect(refused.stderr).toContain('amt trust');
    expect(simulator.received.count).toBe(requests);

    expect((await amt.run(`trust ${target}`)).status).toBe(2);
    expect((await amt.run(`trust ${target} ${before}`)).status).toBe(2);
    const trusted = await amt.run(`trust ${target} --yes`);
    expect(trusted).toMatchObject({ status: 0, stdout: expect.stringContaining(fingerprint) });
    expect((await amt.run(`power state ${target}`, { env })).status).toBe(0);
  });

  it('never seen before is refused with --strict-tls, and nobody logs in', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const refused = await amt.run(`power state ${secure(simulator)} --strict-tls`, { env });
    expectFailure(refused, 6, /never seen before/);
    expect(simulator.received.logins).toEqual([]);
  });

  it('of old TLS is refused with the option that permits it', async () => {
    await using simulator = await createSimulator({ speed: 0, password, profile: 'amt-7' });
    const refused = await amt.run(`power state ${secure(simulator)} --tls on`, { env });
    expectFailure(refused, 6, /TLS 1\.[01]|old TLS|TLS/);
    expect((await amt.run(`power state ${secure(simulator)} --tls on --legacy-tls`, { env })).status).toBe(0);
  });
});

describe('A firmware that answers', patience, () => {
  it.each([
    ['malformed XML', { malformed: 1 }, 1],
    ['a chunk that ends early', { truncated: 1 }, 1],
    ['with a document type', { doctype: 1 }, 1],
    ['with fifty megabytes', { huge: 1 }, 1],
    ['that it is busy', { unavailable: 1 }, 10],
    ['with an internal error, twice', { fault: 1 }, 10],
  ] as const)('%s', async (_name, answers, status) => {
    await using simulator = await createSimulator({ speed: 0, password, faults: { answers } });
    const ended = await amt.run(`power state ${plain(simulator)} --tls off`, { env });
    expectFailure(ended, status, /amt: /);
  });

  it('with a ReturnValue other than 0 has its reason in words, for people and programs', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    simulator.use({
      name: 'unwilling',
      invoke: (_, { method }) => (method === 'RequestPowerStateChange' ? { ReturnValue: 4097 } : undefined),
    });
    expectFailure(await amt.run(`power on ${plain(simulator)} --tls off`, { env }), 7, /Invalid State Transition/);
    const { status, results } = await amt.json(`power on ${plain(simulator)} --tls off`, { env });
    expect(status).toBe(7);
    expect(results).toMatchObject([{ ok: false, error: { code: 'METHOD_FAILED' } }]);
  });

  it('no to a power-off while a session is open, and yes with --drop-sessions', async () => {
    await using simulator = await createSimulator({ speed: 0, password, power: 'on' });
    simulator.openSessions.sol = true;
    const target = `${plain(simulator)} --tls off --yes`;
    const refused = await amt.run(`power off ${target}`, { env });
    expect([7, 10]).toContain(refused.status);
    expect(refused.stderr).toMatch(/session/i);
    expect(refused.stderr).toContain('or add --drop-sessions.');
    expect((await amt.run(`power off ${target} --drop-sessions --wait`, { env })).status).toBe(0);
  });
});

describe('Two commands at once for one machine', patience, () => {
  it('both end, and the machine is in one of the two states', async () => {
    await using simulator = await createSimulator({ speed: 0, password });
    const target = `${plain(simulator)} --tls off --yes`;
    const both = await Promise.all([amt.run(`power on ${target}`, { env }), amt.run(`power off ${target}`, { env })]);
    for (const { status } of both) expect([0, 7, 10]).toContain(status);
  });
});

describe('A machine book', patience, () => {
  it('with a mistake is refused with its line and key, and is not touched', async () => {
    const text = 'machines:\n  office-pc:\n    host: 192.0.2.1\n    tsl: on\n';
    await writeFile(amt.book, text, { mode: 0o600 });
    for (const line of ['ls', 'power state office-pc', 'rm office-pc --yes', 'edit office-pc --tags x']) {
      expectFailure(await amt.run(line, { env }), 2, /amtkit\.yaml:4: machines\.office-pc\.tsl.*tls/);
    }
    expect(await readFile(amt.book, 'utf8')).toBe(text);
    const { results } = await amt.json('ls');
    expect(results).toMatchObject([{ machine: null, ok: false, error: { code: 'INVALID_BOOK' } }]);
    await writeFile(amt.book, '', { mode: 0o600 });
  });

  it.runIf(process.platform !== 'win32')(
    'that others may write is ignored in the current folder, with a note',
    async () => {
      const folder = join(amt.folder, 'elsewhere');
      await mkdir(folder);
      await writeFile(join(folder, 'amtkit.yaml'), 'machines: { trap: { host: 192.0.2.1 } }\n');
      await chmod(join(folder, 'amtkit.yaml'), 0o666);
      const running = amt.start('ls --names', {
        env: { AMTKIT_CONFIG: '', XDG_CONFIG_HOME: join(amt.folder, 'config') },
        cwd: folder,
      });
      running.child.stdin?.end();
      const { status, stdout, stderr } = await running.ended;
      expect(status).toBe(0);
      expect(stdout).not.toContain('trap');
      expect(stderr).toMatch(/is ignored: others may write/);
    },
  );

  it('whose password comes from nowhere names the place, not the value', async () => {
    await writeFile(amt.book, 'machines:\n  pc: { host: 192.0.2.1, password: { env: NOT_SET_ANYWHERE } }\n', {
      mode: 0o600,
    });
    expectFailure(await amt.run('power state pc', { env }), 2, /environment variable NOT_SET_ANYWHERE/);
    await writeFile(amt.book, '', { mode: 0o600 });
  });
});
