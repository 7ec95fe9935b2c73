/** The serial port from the shell: terminals, pipes, scripts and sockets of real processes. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readFile, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { ByteStream } from '@amtkit/core/streams';
import { createSimulator, type MemoryPc, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt, type Running } from './support/amt.ts';
import { password } from './support/scenario.ts';
import { type SerialPc, serialPc } from './support/serial-pc.ts';

/** Processes start slowly where many things run at once. */
const patience = { timeout: 60_000 };
const soon = { timeout: 20_000 };
/** A pseudo-terminal from a program every Debian has. */
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
const env = { AMT_PASSWORD: password };

let amt: Amt;

beforeAll(async () => {
  amt = await Amt.open();
});

afterAll(() => amt[Symbol.asyncDispose]());

/** A virtual PC with an operating system that the test plays. */
class Pc implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly hardware: MemoryPc;
  readonly target: string;
  readonly #port: ByteStream;
  /** All that was typed. */
  typed = '';
  /** What the system writes back. */
  answer: (typed: string) => string = () => '';

  private constructor(simulator: Simulator, { hardware, port }: SerialPc) {
    this.simulator = simulator;
    this.hardware = hardware;
    this.#port = port;
    const { host, ports } = simulator;
    this.target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
    void this.#read();
  }

  static async start(): Promise<Pc> {
    const pc = serialPc();
    return new Pc(await createSimulator({ speed: 0, password, power: 'on', hardware: pc.hardware }), pc);
  }

  write(text: string | Uint8Array): Promise<void> {
    return this.#port.write(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  }

  /** A session is open for the nth time: what is written from now on is read. */
  async connected(times = 1): Promise<void> {
    await expect.poll(() => this.simulator.received.messages('StartSolRedirection').length, soon).toBe(times);
  }

  async closed(): Promise<void> {
    await expect.poll(() => this.simulator.openSessions.sol, soon).toBe(0);
  }

  async switchOff(feature: 'sol' | 'listener'): Promise<void> {
    expect((await amt.run(`features ${this.target} --${feature} off`, { env })).status).toBe(0);
  }

  async #read(): Promise<void> {
    for await (const bytes of this.#port) {
      const text = new TextDecoder().decode(bytes);
      this.typed += text;
      const answer = this.answer(text);
      if (answer !== '') await this.write(answer);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.simulator.close();
  }
}

/** How it ended, and how the terminal is then. */
const ended = 'echo "ended $?"; stty -a';
/** `Ctrl-]` and a key. */
const escaped = (key: string): string => `\u001d${key}`;

async function says(running: Running, text: string | RegExp): Promise<void> {
  const said = () => running.said.stdout + running.said.stderr;
  if (typeof text === 'string') await expect.poll(said, soon).toContain(text);
  else await expect.poll(said, soon).toMatch(text);
}

describe.runIf(hasTerminal)('At a terminal, the serial port', patience, () => {
  /** Starts a session, and tells the terminal's settings behind it. */
  async function open(pc: Pc, options = ''): Promise<Running> {
    const running = amt.startInTerminal(`sol ${pc.target} ${options}`, 80, { env, after: ended });
    await says(running, 'Ctrl-] q ends it');
    await pc.connected();
    return running;
  }

  async function cooked(running: Running, status: number): Promise<void> {
    const { stdout } = await running.ended;
    expect(stdout).toMatch(new RegExp(`ended ${status}\\r\\n`));
    const [, settings = ''] = /ended \d+\r\n([\s\S]*)/.exec(stdout) ?? [];
    expect(settings).toMatch(/\sicanon\s[\s\S]*\secho\s/);
  }

  it('takes every key, Ctrl-C too, Enter as CR, and ends with Ctrl-] q', async () => {
    await using pc = await Pc.start();
    pc.answer = (typed) => typed.replaceAll('\r', '\r\n# ');
    const running = await open(pc);
    await pc.write('login: ');
    await says(running, 'login: ');
    running.child.stdin?.write('root\r\u0003\u001bOQ');
    await expect.poll(() => pc.typed, soon).toBe('root\r\u0003\u001bOQ');
    await says(running, /root\r+\n# /);
    expect(running.said.stdout).toContain(`\u001b]2;amt sol ${pc.target}\u0007`);
    running.child.stdin?.write(escaped('q'));
    await cooked(running, 0);
    expect(running.said.stdout).toContain('\u001b[23;2t');
    expect(pc.simulator.received.messages('EndRedirectionSession')).toHaveLength(1);
    await pc.closed();
  });

  it('says what Ctrl-] can do, sends breaks, and tells when the PC is switched off', async () => {
    await using pc = await Pc.start();
    const running = await open(pc);
    running.child.stdin?.write(escaped('?'));
    await says(running, 'q  ends it');
    running.child.stdin?.write(escaped('b'));
    await says(running, 'break sent');
    running.child.stdin?.write(escaped('p'));
    await says(running, 'the power is on');
    running.child.stdin?.write(escaped('r'));
    await says(running, 'y resets it');
    running.child.stdin?.write('n');
    await says(running, 'is not reset');
    running.child.stdin?.write('x\u001d\u001d');
    await expect.poll(() => pc.typed, soon).toBe('x\u001d');
    pc.hardware.losePower();
    await says(running, 'the machine is off');
    running.child.stdin?.write(escaped('.'));
    await cooked(running, 0);
  });

  it('of a BIOS has its characters and its function keys', async () => {
    await using pc = await Pc.start();
    const running = await open(pc, '--encoding cp437 --keys intel --backspace bs');
    await pc.write(Uint8Array.of(0xc9, 0xcd, 0xbb, 0x20, 0x18, 0x19));
    await says(running, '╔═╗ ↑↓');
    running.child.stdin?.write('\u001bOQ\u007f\u001b[21~');
    await expect.poll(() => pc.typed, soon).toBe('\u001b[OQ\b\u001b[OM');
    running.child.stdin?.write(escaped('e') + escaped('k'));
    await says(running, 'function keys: ansi');
    running.child.stdin?.write(`\u001bOQ${escaped('q')}`);
    await cooked(running, 0);
    expect(pc.typed).toBe('\u001b[OQ\b\u001b[OM\u001b2');
  });

  it('undoes what the host did to the terminal, also when it is terminated', async () => {
    await using pc = await Pc.start();
    const running = await open(pc);
    await pc.write('\u001b[?1049h\u001b[?25l\u001b[44mfull screen');
    await says(running, 'full screen');
    const [pid = ''] = spawnSync('pgrep', ['-f', `main.ts sol ${pc.target}`], { encoding: 'utf8' }).stdout.split('\n');
    process.kill(Number(pid), 'SIGTERM');
    await cooked(running, 143);
    expect(running.said.stdout).toContain('\u001b[?1049l\u001b[?25h\u001b[0m');
    await pc.closed();
  });

  it('that is lost ends with 3 and puts the terminal back', async () => {
    await using pc = await Pc.start();
    const running = await open(pc);
    await pc.simulator.unplug();
    await cooked(running, 3);
    expect(running.said.stdout).toMatch(/amt: .*serial port/);
  });

  it('that is lost comes back with --reconnect, and can be left meanwhile', async () => {
    await using pc = await Pc.start();
    const running = await open(pc, '--reconnect');
    await pc.simulator.unplug();
    await says(running, 'connecting again');
    await pc.simulator.plug();
    await says(running, 'connected again');
    await pc.connected(2);
    await pc.write('still here');
    await says(running, 'still here');
    await pc.simulator.unplug();
    await says(running, /connecting again[\s\S]*connecting again/);
    running.child.stdin?.write(escaped('q'));
    await cooked(running, 0);
  });

  it('that is switched off asks, and is switched on after a yes', async () => {
    await using pc = await Pc.start();
    await pc.switchOff('sol');
    const running = amt.startInTerminal(`sol ${pc.target}`, 80, { env });
    await says(running, 'Switch on?');
    running.child.stdin?.write('y');
    await says(running, 'Ctrl-] q ends it');
    await pc.connected();
    running.child.stdin?.write(escaped('q'));
    expect((await running.ended).status).toBe(0);
  });

  it('is interrupted by Ctrl-C while it connects, with the terminal as it was', async () => {
    await using pc = await Pc.start();
    await pc.simulator.unplug({ silent: true });
    const running = amt.startInTerminal(`sol ${pc.target}`, 80, { env, after: ended });
    await says(running, 'connecting ...');
    running.child.stdin?.write('\u0003');
    await cooked(running, 130);
  });
});

describe('In a pipe, the serial port', patience, () => {
  it('is stdin and stdout: lines are typed with Enter, and the end of stdin does not end it', async () => {
    await using pc = await Pc.start();
    pc.answer = (typed) => (typed.includes('\r') ? 'done\r\n' : '');
    const log = join(amt.folder, 'serial.log');
    const running = amt.start(`sol ${pc.target} --log ${log}`, { env });
    running.child.stdin?.end('uname\n');
    await says(running, 'done');
    expect(pc.typed).toBe('uname\r');
    await pc.write(Uint8Array.of(0x6f, 0x6b, 0xff, 0x00));
    await expect.poll(async () => (await readFile(log)).length, soon).toBe(10);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(143);
    expect((await readFile(log)).subarray(-4)).toEqual(Buffer.from([0x6f, 0x6b, 0xff, 0x00]));
    const replayed = await amt.run(`sol replay ${log} --max-pause 0`);
    expect(replayed).toMatchObject({ status: 0, stdout: expect.stringMatching(/^done\r\nok/), stderr: '' });
    await pc.closed();
  });

  it('with --jsonl is one object for everything that happens', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`sol ${pc.target} --jsonl --reconnect`, { env });
    await says(running, '"controls"');
    await pc.write('hello');
    await says(running, '"text":"hello"');
    await pc.simulator.unplug();
    await says(running, '"interrupted"');
    await pc.simulator.plug();
    await says(running, '"reconnected"');
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    const types = running.said.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(new Set(types)).toEqual(new Set(['connected', 'controls', 'data', 'interrupted', 'reconnected']));
  });

  it('that somebody else has ends with 10, and one that is off with 7 and the fix', async () => {
    await using pc = await Pc.start();
    const first = amt.start(`sol ${pc.target}`, { env });
    await pc.connected();
    const second = await amt.json(`sol ${pc.target}`, { env });
    expect(second.status).toBe(10);
    expect(second.stdout).toContain('"busy":true');
    first.child.kill('SIGINT');
    await first.ended;
    await pc.closed();
    await pc.switchOff('listener');
    const off = await amt.run(`sol ${pc.target}`, { env });
    expect(off.status).toBe(7);
    expect(off.stderr).toContain(`The redirection listener is switched off on ${pc.target}.`);
    expect(off.stderr).toContain('--enable');
    const enabled = amt.start(`sol ${pc.target} --enable`, { env });
    await pc.connected(2);
    enabled.child.kill('SIGINT');
    expect((await enabled.ended).stderr).toContain('the redirection listener switched on');
  });

  it('with the wrong password ends with 4 after one try', async () => {
    await using pc = await Pc.start();
    const wrong = await amt.run(`sol ${pc.target}`, { env: { AMT_PASSWORD: 'Wr0ng!pass' } });
    expect(wrong.status).toBe(4);
    expect(wrong.stderr).not.toContain('Wr0ng');
    expect(pc.simulator.received.logins.filter(({ ok }) => !ok)).toHaveLength(1);
  });
});

describe('A script', patience, () => {
  const script = (name: string) => join(amt.folder, name);

  it('logs in on several machines at once, and never shows the secret', async () => {
    const shell = (typed: string): string =>
      typed === 'root\r' ? 'root\r\nPassword: ' : typed === 's3cret!\r' ? '\r\nlast line\r\n# ' : '';
    await using one = await Pc.start();
    await using two = await Pc.start();
    for (const pc of [one, two]) pc.answer = (typed) => (typed === '\r' ? 'pc login: ' : shell(typed));
    await writeFile(
      script('login.amt'),
      'secret PW\ntimeout 10s\npress ENTER\nexpect "login:"\nsend "root\\r"\nexpect /password: $/i\nsend "${PW}\\r"\nexpect "# "\nlog "in with ${PW}"\n',
    );
    const line = `sol expect ${script('login.amt')} ${one.target} ${two.target}`;
    const { status, stdout, stderr } = await amt.run(line, { env: { ...env, PW: 's3cret!' } });
    expect({ status, stderr: stderr.split('\n').at(-2) }).toEqual({ status: 0, stderr: '2 of 2 machines done.' });
    expect(stdout).toContain(`${one.target}: in with ********\n`);
    expect(stdout + stderr).not.toContain('s3cret!');
    expect(two.typed).toBe('\rroot\rs3cret!\r');
  });

  it('that waits in vain ends with 12, the line, and what was seen last', async () => {
    await using pc = await Pc.start();
    pc.answer = () => 'boot failed\r\nno bootable device\r\n';
    await writeFile(script('vain.amt'), 'press ENTER\nexpect "login:" timeout 500ms\n');
    const failed = await amt.run(`sol expect ${script('vain.amt')} ${pc.target}`, { env });
    expect(failed.status).toBe(12);
    expect(failed.stderr).toContain('line 2: waited 0.5 s for "login:", and it did not come.');
    expect(failed.stderr).toContain('     | no bootable device\n');
    const { results } = await amt.json(`sol expect ${script('vain.amt')} ${pc.target}`, { env });
    expect(results).toMatchObject([
      { error: { code: 'STEP_FAILED', line: 2, seen: ['boot failed', 'no bootable device'] } },
    ]);
  });

  it('survives a cable that is pulled, and goes on where it was', async () => {
    await using pc = await Pc.start();
    await writeFile(script('long.amt'), 'timeout 30s\nlog "waiting"\nexpect "finished"\nsend "thanks\\r"\n');
    const running = amt.start(`sol expect ${script('long.amt')} ${pc.target}`, { env });
    await says(running, 'waiting');
    await pc.simulator.unplug();
    await pc.closed();
    await pc.simulator.plug();
    await pc.connected(2);
    await pc.write('finished\r\n');
    expect(await running.ended).toMatchObject({ status: 0, stdout: 'waiting\n' });
    expect(pc.typed).toBe('thanks\r');
  });

  it('changes the power only after it was allowed to, and ends as it says', async () => {
    await using pc = await Pc.start();
    const given = { env, input: 'power reset\nexit 7\n' };
    expect((await amt.run(`sol expect - ${pc.target}`, given)).status).toBe(2);
    expect(pc.simulator.received.of('RequestPowerStateChange')).toHaveLength(0);
    expect((await amt.run(`sol expect - ${pc.target} --yes`, given)).status).toBe(7);
    expect(pc.simulator.received.of('RequestPowerStateChange')).toHaveLength(1);
  });

  it('with a mistake ends with 2 and its line, and sends nothing', async () => {
    await using pc = await Pc.start();
    const wrong = await amt.run(`sol expect - ${pc.target}`, { env, input: 'send "x"\nexpcet "y"\n' });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('stdin:2: there is no step expcet') });
    expect(pc.simulator.received.count).toBe(0);
  });

  it('is interrupted at once, and closes its session', async () => {
    await using pc = await Pc.start();
    const running = amt.start(['sol', 'expect', '-', pc.target], { env });
    running.child.stdin?.end('expect "never" timeout 1h\n');
    await pc.connected();
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    await pc.closed();
  });
});

describe('A bridge', patience, () => {
  it('offers the port at a TCP port, keeps its clients through a lost session, and ends cleanly', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`sol bridge ${pc.target} --json`, { env });
    await expect.poll(() => running.said.stdout, soon).toContain('\n');
    const { listen } = JSON.parse(running.said.stdout.split('\n')[0] ?? '');
    expect(listen).toMatchObject({ kind: 'tcp', host: '127.0.0.1' });
    const client = createConnection(listen.port, listen.host);
    await once(client, 'connect');
    let got = '';
    client.on('data', (bytes) => {
      got += bytes.toString();
    });
    client.write('ls\r');
    await expect.poll(() => pc.typed, soon).toBe('ls\r');
    await pc.write('one');
    await expect.poll(() => got, soon).toBe('one');
    await pc.simulator.unplug();
    await pc.closed();
    await pc.simulator.plug();
    await pc.connected(2);
    await pc.write('two');
    await expect.poll(() => got, soon).toBe('onetwo');
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    if (!client.closed) await once(client, 'close');
    await pc.closed();
  });

  it.skipIf(process.platform === 'win32')('at a UNIX socket is for its owner, and leaves no file behind', async () => {
    await using pc = await Pc.start();
    const path = join(amt.folder, 'pc.sock');
    const running = amt.start(`sol bridge ${pc.target} --listen unix:${path}`, { env });
    await says(running, `Listening at unix:${path}`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
    await expect(lstat(path)).rejects.toThrow('ENOENT');
  });

  it('refuses addresses that others reach before it speaks to anybody', async () => {
    await using pc = await Pc.start();
    const refused = await amt.run(`sol bridge ${pc.target} --listen 0.0.0.0:0`, { env });
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--allow-remote') });
    expect(pc.simulator.received.count).toBe(0);
  });
});
