/** The command line from outside: processes, terminals, pipes and signals. What commands say is tested beside them. */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@amtkit/core';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt } from './support/amt.ts';
import { password } from './support/scenario.ts';

/** Processes start slowly where many things run at once. */
const patience = { timeout: 60_000 };
/** A pseudo-terminal from a program every Debian has. */
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

let amt: Amt;
let simulator: Simulator;
let address: string;
const env = { AMT_PASSWORD: password };

beforeAll(async () => {
  amt = await Amt.open();
  simulator = await createSimulator({ speed: 0, password });
  address = `${simulator.host}:${simulator.ports.wsmanTls}`;
});

afterAll(async () => {
  await simulator.close();
  await amt[Symbol.asyncDispose]();
});

describe('A process', patience, () => {
  it('prints its version and nothing else', async () => {
    const { version } = JSON.parse(await readFile(new URL('../packages/cli/package.json', import.meta.url), 'utf8'));
    expect(await amt.run('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    ['', 2],
    ['--help', 0],
    ['power --help', 0],
    ['power state --nonsense x', 2],
    ['power state 127.0.0.1:1', 3],
    ['explain 4', 0],
    ['power reset 127.0.0.1:1', 2],
  ])('"amt %s" ends with %i', async (line, status) => {
    const ended = await amt.run(line, { env });
    expect(ended.status).toBe(status);
    expect(ended.stderr + ended.stdout).not.toMatch(/\n\s+at .*:\d+|Error:/);
  });

  it.each(['--help', 'sol --help', 'sol expect --help', 'ider serve --help', 'reimage --help'])(
    '"amt %s" loads nothing of core',
    async (line) => {
      const refuse =
        'import { registerHooks } from "node:module"; registerHooks({ resolve: (specifier, context, next) => {' +
        ' if (/^(@amtkit|zod|undici|yaml)/.test(specifier)) throw new Error(`${specifier} is loaded`);' +
        ' return next(specifier, context); } });';
      const hooks = `--import=data:text/javascript,${encodeURIComponent(refuse)}`;
      expect(await amt.run(line, { env: { NODE_OPTIONS: hooks } })).toMatchObject({ status: 0, stderr: '' });
    },
  );

  it('reads, and accepts and remembers a certificate at first sight, with its fingerprint on stderr once', async () => {
    const first = await amt.run(`power state ${address}`, { env });
    expect(first).toMatchObject({ status: 0, stdout: 'off\n' });
    expect(first.stderr).toContain(simulator.certificate?.fingerprint);
    expect(await amt.run(`power state ${address}`, { env })).toMatchObject({ status: 0, stdout: 'off\n', stderr: '' });
  });

  it('takes the password from stdin, with every printable character firmware takes', async () => {
    const odd = " !#$%&'()*+-./0123;<=>?@ABZ[\\]^_`".slice(0, 32);
    await using other = await createSimulator({ speed: 0, password: odd });
    const target = `${other.host}:${other.ports.wsmanTls}`;
    const added = await amt.run(`add odd ${target} --user admin --password-stdin`, { input: `${odd}\n` });
    expect(added.status).toBe(0);
    expect(added.stdout + added.stderr).not.toContain(odd.slice(1, 20));
    expect((await amt.run('power state odd')).stdout).toBe('off\n');
    if (process.platform !== 'win32') expect((await stat(amt.book)).mode & 0o777).toBe(0o600);
    expect((await amt.run('rm odd --yes')).status).toBe(0);
  });

  it('waits with --wait until the state is really reached', async () => {
    await using slow = await createSimulator({ speed: 1, password });
    const { status } = await amt.run(`power on ${slow.host}:${slow.ports.wsmanTls} --wait`, { env });
    expect(status).toBe(0);
    await using machine = await connect({ host: slow.host, password, ports: slow.ports, tls: 'on' });
    expect(await machine.power.state()).toBe('on');
  });

  it('under a Node that is too old says which one it needs, and nothing else', async () => {
    const pretend = 'Object.defineProperty(process.versions, "node", { value: "20.19.0" })';
    const old = `data:text/javascript,${encodeURIComponent(pretend)}`;
    const ended = await amt.run('power state x', { env: { NODE_OPTIONS: `--import=${old}` } });
    expect(ended).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'amt needs Node 22.19 or newer, and this is Node 20.19.0.\n',
    });
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const running = amt.start('--help');
    running.child.stdout?.destroy();
    expect(await running.ended).toMatchObject({ stderr: '' });
  });
});

describe('A signal', patience, () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s during a wait ends with %i at once, and says that the rest may still happen',
    async (signal, status) => {
      await using stuck = await createSimulator({ speed: 0, password, power: 'on' });
      const asked = stuck.received.next('RequestPowerStateChange');
      // No operating system listens: it accepts, and nothing follows.
      stuck.use({
        name: 'deaf',
        invoke: (_, call) => (call.method === 'RequestPowerStateChange' ? { ReturnValue: 0 } : undefined),
      });
      const running = amt.start(`power off ${stuck.host}:${stuck.ports.wsmanTls} --yes --wait`, { env });
      await asked;
      running.child.kill(signal);
      const ended = await running.ended;
      expect(ended.status).toBe(status);
      expect(ended.stderr).toMatch(/may still happen/);
    },
  );

  it('ends virtual PCs cleanly, after one line of JSON about where they are', async () => {
    const octet = () => randomInt(1, 254);
    const running = amt.start(`simulate --count 2 --password ${password} --listen 127.${octet()}.${octet()}.1 --json`);
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('\n');
    const { machines } = JSON.parse(running.said.stdout);
    expect(machines).toMatchObject([
      { name: 'sim-1', user: 'admin', address: expect.any(String), ports: { rmcp: expect.any(Number) } },
      { name: 'sim-2' },
    ]);
    const [{ address, ports }] = machines;
    const target = `${address}:${ports.wsmanTls}`;
    expect((await amt.run(`power state ${target}`, { env })).stdout).toBe('off\n');
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ status: 0, signal: null });
    expect(running.said.stdout.trim().split('\n')).toHaveLength(1);
    expect((await amt.run(`power state ${target}`, { env })).status).toBe(3);
  });

  it.runIf(process.platform === 'linux')('says why virtual PCs are not on the ports of real firmware', async () => {
    const octet = () => randomInt(1, 254);
    const listen = `127.${octet()}.${octet()}.1`;
    const line = `simulate --password ${password} --listen ${listen} --json`;
    const first = amt.start(line);
    await expect.poll(() => first.said.stdout, { timeout: 20_000 }).toContain('\n');
    const second = amt.start(line);
    await expect
      .poll(() => second.said.stderr, { timeout: 20_000 })
      .toMatch(/^Free ports .*something else listens there\.$/m);
    for (const running of [first, second]) running.child.kill('SIGTERM');
    expect([(await first.ended).status, (await second.ended).status]).toEqual([0, 0]);
    const nowhere = await amt.run('simulate --listen 192.0.2.1');
    expect(nowhere).toMatchObject({ status: 2, stderr: expect.stringContaining('no address of this computer') });
  });

  it('tells the consent code that the screen of a virtual PC shows, and it is the right one', async () => {
    const octet = () => randomInt(1, 254);
    const listen = `127.${octet()}.${octet()}.1`;
    const running = amt.start(`simulate --password ${password} --power on --consent all --listen ${listen}`, { env });
    const row = /^sim-1 +(\S+) +\d+ +\d+ +(\d+) /m;
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toMatch(row);
    const [, host = '', port = ''] = row.exec(running.said.stdout) ?? [];
    expect(running.said.stdout).not.toContain('consent code');
    expect((await amt.run(`consent request ${host}:${port}`, { env })).status).toBe(0);
    const told = /^\S+ \(sim-1\): the screen shows consent code (\d{6})$/m;
    expect(running.said.stdout).toMatch(told);
    const [, code = ''] = told.exec(running.said.stdout) ?? [];
    expect((await amt.run(`consent send ${host}:${port} --code ${code}`, { env })).status).toBe(0);
    running.child.kill('SIGTERM');
    await running.ended;
  });

  it('ends a watch, which until then wrote one object a line into the pipe', async () => {
    const running = amt.start(`watch ${address} --interval 1s`, { env });
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('"power.state"');
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    for (const line of running.said.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type');
  });

  it('says in a watch what happens at the machine itself', async () => {
    await using lively = await createSimulator({ speed: 0, password });
    lively.raise('too-hot');
    const running = amt.start(`watch ${lively.host}:${lively.ports.wsmanTls} --interval 1s`, { env });
    // What is there already is no news.
    const looks = () => lively.received.of('GetRecords').filter(({ input }) => input.MaxReadRecords === '10');
    await expect.poll(() => looks().length, { timeout: 20_000 }).toBe(1);
    lively.raise('case-opened');
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('"case-opened"');
    running.child.kill('SIGINT');
    const lines = (await running.ended).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ type }) => type === 'alert')).toMatchObject([
      { alert: { source: 'log', event: 'case-opened', severity: 'critical', text: 'Case opened' } },
    ]);
  });

  it('does not hear traps at a port that is none', async () => {
    const { status, stderr } = await amt.run(`watch ${address} --pet-port 70000`, { env });
    expect([status, stderr]).toEqual([2, expect.stringContaining('--pet-port takes a UDP port from 1 to 65535')]);
  });
});

describe.runIf(hasTerminal)('At a terminal', patience, () => {
  it('asks before it resets, and does nothing when the answer is no', async () => {
    const before = simulator.received.of('RequestPowerStateChange').length;
    const running = amt.startInTerminal(`power reset ${address}`, 80, { env });
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('What is not saved there is lost');
    running.child.stdin?.write('n');
    const { status, stdout } = await running.ended;
    expect(stdout).toContain('Nothing done.');
    expect(status).toBe(0);
    expect(simulator.received.of('RequestPowerStateChange')).toHaveLength(before);
  });

  it('ends with 130 at Ctrl-C to a question, and changes nothing', async () => {
    const before = simulator.received.count;
    const running = amt.startInTerminal(`power reset ${address}`, 80, { env });
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('What is not saved there is lost');
    running.child.stdin?.write('\u0003');
    expect((await running.ended).status).toBe(130);
    expect(simulator.received.count).toBe(before);
  });

  it('asks for a password without showing it', async () => {
    const running = amt.startInTerminal(`power state ${address}`);
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('Password of admin for');
    running.child.stdin?.write(`${password}\r`);
    const { status, stdout } = await running.ended;
    expect(stdout).not.toContain(password);
    expect(stdout).toMatch(/off\s*$/);
    expect(status).toBe(0);
  });

  it('keeps to 80 columns, which a pipe does not', async () => {
    const running = amt.startInTerminal(`net ports ${address} --no-color`, 80, { env });
    const { stdout } = await running.ended;
    const widths = stdout.split('\r\n').map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
    const piped = await amt.run(`net ports ${address}`, { env });
    expect(Math.max(...piped.stdout.split('\n').map((line) => line.length))).toBeGreaterThan(80);
  });

  it('shows a watch as one table that stays current', async () => {
    await using lively = await createSimulator({ speed: 0, password });
    const running = amt.startInTerminal(`watch ${lively.host}:${lively.ports.wsmanTls} --interval 1s`, 80, { env });
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toMatch(/POWER[\s\S]*off/);
    await amt.run(`power on ${lively.host}:${lively.ports.wsmanTls}`, { env });
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toMatch(/\bon +online/);
    running.child.stdin?.write('\u0003');
    expect((await running.ended).status).toBe(130);
  });
});

describe('Completion', patience, () => {
  it('of bash offers names and tags of the book, and sends nothing', async () => {
    await writeFile(amt.book, 'machines:\n  office-pc: { host: 192.0.2.1, tags: [lab] }\n', { mode: 0o600 });
    const { stdout: script } = await amt.run('completion bash');
    const file = join(amt.folder, 'completion.bash');
    const program = new URL('../packages/cli/src/main.ts', import.meta.url).pathname;
    await writeFile(
      file,
      `amt() { '${process.execPath}' --conditions=source '${program}' "$@"; }\n${script}
complete_line() { COMP_LINE="$1"; COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _amt_completion; echo "\${COMPREPLY[@]}"; }
complete_line 'amt power st' amt power st
complete_line 'amt power state of' amt power state of
complete_line 'amt power state @l' amt power state @ l
`,
    );
    const bash = spawnSync('bash', [file], { encoding: 'utf8', env: { ...process.env, AMTKIT_CONFIG: amt.book } });
    if (bash.error === undefined) expect(bash.stdout).toBe('state\noffice-pc\nlab\n');
    await writeFile(amt.book, '');
  });
});

describe('The bridge', patience, () => {
  it('starts with the book, tells where its broker is, and ends cleanly', async () => {
    await writeFile(amt.book, 'bridge: { broker: { embedded: { port: 0 } } }\n', { mode: 0o600 });
    const running = amt.start('bridge --json');
    await expect.poll(() => running.said.stdout, { timeout: 20_000 }).toContain('\n');
    expect(JSON.parse(running.said.stdout)).toMatchObject({
      brokerUrl: expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+/),
    });
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
    await writeFile(amt.book, '');
  });
});
