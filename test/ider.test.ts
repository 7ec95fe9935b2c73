/** Drives that are lent from the shell, and machines that are installed from it: real processes, virtual PCs that read. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createSimulator,
  type DriveUnit,
  type Hardware,
  type MemoryPc,
  type RedirectedMedium,
  type Simulator,
  type SimulatorOptions,
} from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt, type Running } from './support/amt.ts';
import { drivePc } from './support/drive-pc.ts';
import { installedSum, installerCd, pretendPc } from './support/installer.ts';
import { password } from './support/scenario.ts';

/** Processes start slowly where many things run at once. */
const patience = { timeout: 60_000 };
const soon = { timeout: 20_000 };
/** A pseudo-terminal from a program every Debian has. */
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
const env = { AMT_PASSWORD: password };

let amt: Amt;
let iso: string;
const cd = installerCd();
const cdSum = sha256(cd);

beforeAll(async () => {
  amt = await Amt.open();
  iso = await file('install.iso', cd);
  await file('answers.img', new Uint8Array(1440 * 1024));
});

afterAll(() => amt[Symbol.asyncDispose]());

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(amt.folder, name);
  await writeFile(path, bytes);
  return path;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A virtual PC, and what it is called on the command line. */
class Pc<H extends Hardware = Hardware> implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly pc: H;
  readonly target: string;

  private constructor(simulator: Simulator, pc: H) {
    this.simulator = simulator;
    this.pc = pc;
    const { host, ports } = simulator;
    this.target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
  }

  static async start<H extends Hardware>(pc: H, options: SimulatorOptions = {}): Promise<Pc<H>> {
    const power = pc.power === 'on' ? 'on' : 'off';
    return new Pc(await createSimulator({ speed: 0, password, power, hardware: pc, ...options }), pc);
  }

  /** The drives were lent for the nth time. */
  async lent(times = 1): Promise<void> {
    await expect.poll(() => this.simulator.received.messages('OpenSession').length, soon).toBe(times);
  }

  async detached(): Promise<void> {
    await expect.poll(() => this.simulator.openSessions.ider, soon).toBe(false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.simulator.close();
  }
}

/** A pretend PC, and something that happens before each of its reads. */
function readingPc(before: (block: number) => Promise<void> | void): MemoryPc {
  const pc = pretendPc();
  const insert = pc.insert.bind(pc);
  return Object.assign(pc, {
    insert: (unit: DriveUnit, medium: RedirectedMedium | undefined) =>
      insert(
        unit,
        medium && {
          ...medium,
          command: medium.command.bind(medium),
          write: medium.write.bind(medium),
          read: async (block: number, count: number) => {
            await before(block);
            return await medium.read(block, count);
          },
        },
      ),
  });
}

async function says(running: Running, text: string | RegExp): Promise<void> {
  const said = () => running.said.stdout + running.said.stderr;
  if (typeof text === 'string') await expect.poll(said, soon).toContain(text);
  else await expect.poll(said, soon).toMatch(text);
}

/** Objects of JSON, one a line. */
function objects(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('amt ider serve', patience, () => {
  it('lends one image to several PCs from one process, which read every byte of it; Ctrl-C detaches them', async () => {
    const drives = [drivePc(), drivePc()] as const;
    await using one = await Pc.start(drives[0].hardware);
    await using two = await Pc.start(drives[1].hardware);
    const running = amt.start(`ider serve ${iso} ${one.target} ${two.target} --start now`, { env });
    await says(running, `${two.target}: install.iso is attached; the PC sees it now.`);
    const read = await Promise.all(drives.map(async (pc) => sha256(await pc.readAll(16))));
    expect(read).toEqual([cdSum, cdSum]);
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/install\.iso is detached; 2\.\d MB read in/);
    const told = objects(stdout);
    expect(told.filter(({ type }) => type === 'detached')).toMatchObject([{ percent: 100 }, { percent: 100 }]);
    expect(new Set(told.map(({ machine }) => machine))).toEqual(new Set([one.target, two.target]));
    for (const pc of drives) await pc.empty();
  });

  it('brings back a session that a pulled cable ended, and says both', async () => {
    await using pc = await Pc.start(pretendPc());
    const running = amt.start(`ider serve ${iso} ${pc.target} --jsonl`, { env });
    await says(running, '"enabled"');
    await pc.simulator.unplug();
    await says(running, '"interrupted"');
    await pc.simulator.plug();
    await says(running, '"reattached"');
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
  });

  it('that meets a switched-off feature or listener names it, and switches it on with --enable', async () => {
    await using pc = await Pc.start(pretendPc());
    expect((await amt.run(`features ${pc.target} --ider off --listener off`, { env })).status).toBe(0);
    const off = await amt.run(`ider serve ${iso} ${pc.target}`, { env });
    expect(off.status).toBe(7);
    expect(off.stderr).toContain('Storage redirection and the redirection listener are switched off');
    const status = await amt.json(`ider status ${pc.target}`, { env });
    expect(status.results).toMatchObject([{ data: { feature: false, listener: false, session: 'closed' } }]);
    const running = amt.start(`ider serve ${iso} ${pc.target} --enable`, { env });
    await pc.lent();
    expect((await amt.json(`ider status ${pc.target}`, { env })).results).toMatchObject([
      { data: { session: 'in use' } },
    ]);
    expect((await amt.run(`ider serve ${iso} ${pc.target}`, { env })).status).toBe(10);
    running.child.kill('SIGINT');
    await running.ended;
    await pc.detached();
    expect((await amt.json(`ider status ${pc.target}`, { env })).results).toMatchObject([
      { data: { session: 'free' } },
    ]);
  });

  it('of a PC that wants consent ends with 9 and what to do', async () => {
    await using pc = await Pc.start(pretendPc('on'), { consent: 'all' });
    const refused = await amt.run(`ider serve ${iso} ${pc.target}`, { env });
    expect(refused.status).toBe(9);
    expect(refused.stderr).toMatch(/consent/);
    expect((await amt.json(`ider status ${pc.target}`, { env })).results).toMatchObject([
      { data: { session: 'needs consent' } },
    ]);
  });

  it('refuses images that are missing, empty or nonsense before it speaks to anybody', async () => {
    await using pc = await Pc.start(pretendPc());
    const empty = join(amt.folder, 'empty.iso');
    await writeFile(empty, '');
    for (const wrong of ['nowhere.iso', empty]) {
      const { status, stderr } = await amt.run(`ider serve ${wrong} ${pc.target} 127.0.0.1:1:1`, { env });
      expect(status).toBe(2);
      // Once, however many machines.
      expect(stderr.match(/^amt: /gm)).toHaveLength(1);
    }
    expect(pc.simulator.received.messages('OpenSession')).toHaveLength(0);
  });

  it('writes into the file of a floppy only with --writable', async () => {
    const drives = drivePc();
    await using pc = await Pc.start(drives.hardware);
    const path = join(amt.folder, 'answers.img');
    for (const how of ['--copy-on-write', '--writable']) {
      const running = amt.start(`ider serve ${path} ${pc.target} --start now ${how}`, { env });
      await (await drives.medium('floppy')).write(7, new Uint8Array(512).fill(0x5a));
      expect((await (await drives.medium('floppy')).read(7, 1))[0]).toBe(0x5a);
      running.child.kill('SIGINT');
      await running.ended;
      await drives.empty('floppy');
      expect([how, (await readFile(path))[7 * 512]]).toEqual([how, how === '--writable' ? 0x5a : 0]);
    }
    expect((await amt.run(`ider serve ${iso} ${pc.target} --writable`, { env })).status).toBe(2);
  });
});

describe.runIf(hasTerminal)('At a terminal, amt ider serve', patience, () => {
  it('keeps one line current within 80 columns, and ends in good order at Ctrl-C', async () => {
    const drives = drivePc();
    await using pc = await Pc.start(drives.hardware);
    const running = amt.startInTerminal(`ider serve ${iso} ${pc.target} --start now`, 80, { env });
    await says(running, 'nothing read yet');
    await drives.readAll(16);
    await says(running, '100 % touched');
    running.child.stdin?.write('\u0003');
    const { status, stdout } = await running.ended;
    expect(status).toBe(0);
    expect(stdout).toContain('install.iso is detached');
    const lines = stdout
      .replaceAll('\r\u001b[K', '\r\n')
      .split('\r\n')
      .filter((line) => line.includes('touched'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    await pc.detached();
  });
});

describe.runIf(hasTerminal)('At a terminal, amt reimage', patience, () => {
  it('asks for the code of consent, again after a wrong one, and ends with 130 at Ctrl-C to the question', async () => {
    await using pc = await Pc.start(pretendPc('on'), { consent: 'all' });
    const running = amt.startInTerminal(`reimage ${pc.target} --iso ${iso} --yes`, 80, { env });
    await says(running, 'Code on the screen of');
    running.child.stdin?.write('000000\r');
    await says(running, 'That was not the code.');
    running.child.stdin?.write('\u0003');
    const { status, stdout } = await running.ended;
    expect(status).toBe(130);
    expect(stdout).toContain('Interrupted.');
    expect(pc.simulator.received.messages('OpenSession')).toHaveLength(0);
    expect(pc.simulator.firmware.state.consent.state).toBe('not-started');
  });
});

describe('amt reimage', patience, () => {
  it('installs a PC, whose disk then has every byte of the image', async () => {
    await using pc = await Pc.start(pretendPc());
    await file('asks.iso', installerCd('poweroff', 'press-key 10'));
    await writeFile(amt.book, 'media:\n  installer: { path: ./asks.iso }\n', { mode: 0o600 });
    const line = `reimage ${pc.target} --iso installer --floppy answers.img --press y --yes --show`;
    const { status, stdout, stderr } = await amt.run(line, { env });
    expect({ status, last: stdout.trim().split('\n').at(-1) }).toMatchObject({
      status: 0,
      last: expect.stringMatching(/reimaged from installer in \d+ s, \d\.\d MB read\.$/),
    });
    for (const stage of ['checking', 'enabling', 'attaching', 'booting', 'finished']) expect(stdout).toContain(stage);
    expect(stderr).toContain('| Installation finished');
    expect(pc.pc.disk.sha256).toBe(installedSum);
    await pc.detached();
    await writeFile(amt.book, '');
  });

  it('of several PCs tells each, as JSON', async () => {
    await using one = await Pc.start(pretendPc('on'));
    await using two = await Pc.start(pretendPc());
    const { status, results } = await amt.json(`reimage ${one.target} ${two.target} --iso ${iso} --yes`, { env });
    expect(status).toBe(0);
    expect(results).toMatchObject([
      { machine: one.target, ok: true, data: { verdict: 'power-off', percent: expect.any(Number) } },
      { machine: two.target, ok: true, data: { verdict: 'power-off', percent: expect.any(Number) } },
    ]);
  });

  it('asks first, and says with --dry-run what it would do', async () => {
    await using pc = await Pc.start(pretendPc());
    expect((await amt.run(`reimage ${pc.target} --iso ${iso}`, { env })).status).toBe(2);
    const { status, stdout } = await amt.run(`reimage ${pc.target} --iso ${iso} --dry-run`, { env });
    expect(status).toBe(0);
    expect(stdout).toContain('switch it on, booting from the image once');
    expect(pc.simulator.received.messages('OpenSession')).toHaveLength(0);
    expect(pc.simulator.received.of('RequestPowerStateChange')).toHaveLength(0);
  });

  it.each([
    ['--iso nowhere.iso', 'There is no file nowhere.iso'],
    ['', 'Which image?'],
    ['--iso ISO --until done', 'ends with power-off, reboot, serial:TEXT'],
    ['--iso ISO --press any', 'There is no key "any"'],
  ])('with "%s" ends with 2 before it speaks to anybody', async (more, sentence) => {
    await using pc = await Pc.start(pretendPc());
    const refused = await amt.run(`reimage ${pc.target} --yes ${more.replace('ISO', iso)}`, { env });
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining(sentence) });
    expect(pc.simulator.received.count).toBe(0);
  });

  it('whose verdict is against it ends with 12 and the reason', async () => {
    await using pc = await Pc.start(pretendPc());
    const line = `reimage ${pc.target} --iso ${iso} --until reboot --yes`;
    const { status, results } = await amt.json(line, { env });
    expect(status).toBe(12);
    expect(results).toMatchObject([{ ok: false, error: { code: 'SWITCHED_OFF', hint: expect.any(String) } }]);
    await pc.detached();
  });

  it('that needs consent which nobody gives ends with 9', async () => {
    await using pc = await Pc.start(pretendPc(), { consent: 'all' });
    const { target } = pc;
    const running = amt.start(`reimage ${target} --iso ${iso} --yes`, { env });
    await says(running, 'shows a code on its screen');
    expect((await amt.run(`consent cancel ${target}`, { env })).status).toBe(0);
    expect((await running.ended).status).toBe(9);
  });

  it('is cancelled by one Ctrl-C in the middle, detaches, clears the boot override, and says so', async () => {
    await using pc = await Pc.start(readingPc((block) => (block > 500 ? new Promise(() => {}) : undefined)));
    const running = amt.start(`reimage ${pc.target} --iso ${iso} --yes`, { env });
    await says(running, /booting/);
    await expect.poll(() => pc.simulator.received.messages('IderDataToHost').length, soon).toBeGreaterThan(20);
    running.child.kill('SIGINT');
    const { status, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toContain('Interrupted: cleaning up.');
    expect(stderr).toContain('The image is detached and the boot override cleared');
    expect(stderr).not.toContain('may still happen');
    await pc.detached();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves at once at a second %s', async (signal) => {
    await using pc = await Pc.start(readingPc(() => new Promise(() => {})));
    // Cleaning up hangs: the firmware no longer answers.
    const running = amt.start(`reimage ${pc.target} --iso ${iso} --yes`, { env });
    await says(running, /booting/);
    await pc.lent();
    await pc.simulator.unplug({ silent: true });
    running.child.kill(signal);
    await says(running, 'cleaning up');
    running.child.kill(signal);
    expect((await running.ended).status).toBe(signal === 'SIGINT' ? 130 : 143);
  });

  it('of a PC whose drives somebody else has ends with 10, and with a wrong password with 4 after one try', async () => {
    await using pc = await Pc.start(pretendPc());
    const serving = amt.start(`ider serve ${iso} ${pc.target}`, { env });
    await says(serving, '"enabled"');
    const busy = await amt.json(`reimage ${pc.target} --iso ${iso} --yes`, { env });
    expect(busy.status).toBe(10);
    expect(busy.results).toMatchObject([{ error: { code: 'REDIRECTION_REFUSED', busy: true } }]);
    serving.child.kill('SIGINT');
    await serving.ended;
    const wrong = await amt.run(`reimage ${pc.target} --iso ${iso} --yes`, { env: { AMT_PASSWORD: 'Wr0ng!pass' } });
    expect(wrong.status).toBe(4);
    expect(pc.simulator.received.logins.filter(({ ok }) => !ok)).toHaveLength(1);
    expect(pc.simulator.received.of('RequestPowerStateChange')).toHaveLength(0);
  });

  it('survives a cable that is pulled in the middle', async () => {
    let pulled = false;
    await using pc: Pc<MemoryPc> = await Pc.start(
      readingPc(async (block) => {
        if (block < 500 || pulled) return;
        pulled = true;
        await pc.simulator.unplug();
        await pc.simulator.plug();
      }),
    );
    const { status, stdout } = await amt.run(`reimage ${pc.target} --iso ${iso} --yes --jsonl`, { env });
    expect(status).toBe(0);
    expect(pc.pc.disk.sha256).toBe(installedSum);
    expect(objects(stdout).map(({ note }) => note)).toContain('reattached');
  });
});
