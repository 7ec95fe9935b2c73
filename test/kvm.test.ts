/** The screen from the shell: pictures, keys, and VNC viewers of real processes. */
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { createSimulator, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt, type Running } from './support/amt.ts';
import { difference } from './support/same-picture.ts';
import { password } from './support/scenario.ts';
import { screenPc, type TestScreen } from './support/screen-pc.ts';
import { VncViewer } from './support/vnc-viewer.ts';

/** Processes start slowly where many things run at once. */
const patience = { timeout: 60_000 };
const soon = { timeout: 20_000 };
const env = { AMT_PASSWORD: password };

let amt: Amt;

beforeAll(async () => {
  amt = await Amt.open();
});

afterAll(() => amt[Symbol.asyncDispose]());

/** A virtual PC whose screen the test paints. */
class Pc implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly screen: TestScreen;
  readonly target: string;

  private constructor(simulator: Simulator, screen: TestScreen) {
    this.simulator = simulator;
    this.screen = screen;
    const { host, ports } = simulator;
    this.target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
  }

  static async start(options: SimulatorOptions = {}): Promise<Pc> {
    const { hardware, screen } = screenPc();
    return new Pc(await createSimulator({ speed: 0, password, power: 'on', hardware, ...options }), screen);
  }

  async typed(keys: string): Promise<void> {
    await expect.poll(() => this.screen.input.join(' '), soon).toBe(keys);
  }

  async closed(): Promise<void> {
    await expect.poll(() => this.simulator.openSessions.kvm, soon).toBe(false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.simulator.close();
  }
}

/** Where a process listens, from its line of JSON. */
async function place(running: Running): Promise<{ readonly host: string; readonly port: number }> {
  await expect.poll(() => running.said.stdout + (running.child.exitCode ?? ''), soon).toContain('\n');
  return JSON.parse(running.said.stdout.split('\n')[0] ?? '').listen;
}

describe('A screenshot', patience, () => {
  it('is a PNG file of the whole screen', async () => {
    await using pc = await Pc.start();
    const file = join(amt.folder, 'shot.png');
    const { results } = await amt.json(`kvm shot ${pc.target} ${file}`, { env });
    expect(results).toMatchObject([{ ok: true, data: { file, width: 800, height: 600 } }]);
    const png = await readFile(file);
    // The signature, and the size in the header. [PNG §5.2, §11.2.2]
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([800, 600]);
    await pc.closed();
    const piped = await amt.run(`kvm shot ${pc.target} - --quiet`, { env });
    expect(piped).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('PNG') });
  });

  it('that cannot be written ends with 2 and the reason', async () => {
    await using pc = await Pc.start();
    const { status, stderr } = await amt.run(`kvm shot ${pc.target} ${amt.folder}/none/shot.png`, { env });
    expect([status, stderr]).toEqual([2, expect.stringContaining('shot.png cannot be written: ENOENT.')]);
    await pc.closed();
  });

  it('of a screen that somebody else has ends with 10, and of one without KVM with 7', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --json`, { env });
    await place(running);
    expect((await amt.run(`kvm shot ${pc.target} x.png`, { env })).status).toBe(10);
    expect((await amt.run(`kvm vnc ${pc.target} --listen 0`, { env })).status).toBe(10);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    await using ism = await Pc.start({ profile: 'ism' });
    expect((await amt.run(`kvm shot ${ism.target} x.png`, { env })).status).toBe(7);
  });

  it('names the switch that is off, and with --enable switches it on', async () => {
    await using pc = await Pc.start();
    expect((await amt.run(`features ${pc.target} --kvm off --yes`, { env })).status).toBe(0);
    const refused = await amt.run(`kvm shot ${pc.target} x.png`, { env });
    expect([refused.status, refused.stderr]).toEqual([7, expect.stringContaining('Remote desktop is switched off')]);
    expect(refused.stderr).toContain('--enable');
    expect((await amt.run(`kvm shot ${pc.target} x.png --enable`, { env })).status).toBe(0);
  });
});

describe('Consent', patience, () => {
  it('that nobody can be asked for ends with 9, and opens the screen once the code was given', async () => {
    await using pc = await Pc.start({ consent: 'kvm' });
    const file = join(amt.folder, 'consented.png');
    const refused = await amt.run(`kvm shot ${pc.target} ${file}`, { env });
    expect([refused.status, refused.stderr]).toEqual([9, expect.stringContaining('consent')]);
    expect((await amt.run(`consent request ${pc.target} --yes`, { env })).status).toBe(0);
    const code = pc.simulator.firmware.state.consent.code ?? '';
    const wrong = String(999_999 - Number(code)).padStart(6, '0');
    expect((await amt.run(`consent send ${pc.target} --code ${wrong} --yes`, { env })).status).not.toBe(0);
    expect((await amt.run(`kvm shot ${pc.target} ${file}`, { env })).status).toBe(9);
    expect((await amt.run(`consent send ${pc.target} --code ${code} --yes`, { env })).status).toBe(0);
    expect((await amt.run(`kvm shot ${pc.target} ${file}`, { env })).status).toBe(0);
  });
});

describe('A recording', patience, () => {
  it('goes on until Ctrl-C, and comes with a page that plays it', async () => {
    await using pc = await Pc.start();
    const [file, page] = [join(amt.folder, 'boot.jsonl'), join(amt.folder, 'boot.html')];
    const running = amt.start(`kvm record ${pc.target} ${file} --page ${page} --json`, { env });
    const lines = async (): Promise<Record<string, unknown>[]> =>
      (await readFile(file, 'utf8').catch(() => ''))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    await expect.poll(lines, soon).toHaveLength(3);
    pc.screen.fill({ x: 0, y: 0, width: 64, height: 64 }, 0xff0000);
    await expect.poll(async () => (await lines()).at(-1), soon).toMatchObject({ x: 0, y: 0, width: 64, height: 64 });
    running.child.kill('SIGINT');
    const { status, stdout } = await running.ended;
    expect(status).toBe(0);
    expect(JSON.parse(stdout).results).toMatchObject([{ machine: pc.target, ok: true, data: { file, page } }]);
    expect(await readFile(page, 'utf8')).toContain(`<title>${pc.target}</title>`);
    const again = await amt.run(`kvm record ${pc.target} ${file}`, { env });
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('there is a file of that name')]);
  });
});

describe('Keys', patience, () => {
  it('are typed as on the keyboard that the machine is set to', async () => {
    await using pc = await Pc.start();
    expect(await amt.run(['kvm', 'type', pc.target, 'zY', '--layout', 'de', '--enter'], { env })).toMatchObject({
      status: 0,
    });
    // z is where a US keyboard has y; Enter behind it. Usages of [HID §10].
    await pc.typed('+1c -1c +e1 +1d -1d -e1 +28 -28');
    await pc.closed();
    const refused = await amt.run(['kvm', 'type', pc.target, 'a☃'], { env });
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('☃')]);
    expect(pc.screen.input).toHaveLength(8);
  });

  it('come from stdin line by line, and by name', async () => {
    await using pc = await Pc.start();
    expect((await amt.run(`kvm type ${pc.target} -`, { env, input: 'a\n' })).status).toBe(0);
    await pc.typed('+04 -04 +28 -28');
    pc.screen.input.length = 0;
    expect((await amt.run(`kvm keys ${pc.target} ctrl+alt+del f10`, { env })).status).toBe(0);
    await pc.typed('+e0 +e2 +4c -4c -e2 -e0 +43 -43');
    expect((await amt.run(`kvm keys ${pc.target} ctrl+nonsense`, { env })).status).toBe(2);
  });
});

describe('A VNC listener', patience, () => {
  it('shows a viewer that comes early the first picture once all of it is there', async () => {
    const { hardware, screen } = screenPc(160, 120);
    await using pc = await Pc.start({ hardware });
    pc.simulator.setFaults({ screens: { 'slow-tiles': 1 } });
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --json`, { env });
    const viewer = await VncViewer.open(await place(running));
    expect(difference(await viewer.look(), screen.picture)).toBeUndefined();
    viewer.close();
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
  });

  it('shows several viewers the screen and takes their keys, through a lost session, and ends cleanly', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --json`, { env });
    const where = await place(running);
    expect(where.host).toBe('127.0.0.1');
    const [one, two] = [await VncViewer.open(where), await VncViewer.open(where)];
    expect(one.name).toBe(pc.target);
    for (const viewer of [one, two]) {
      await expect.poll(async () => difference(await viewer.look(), pc.screen.picture), soon).toBeUndefined();
    }
    one.press(0x61);
    await pc.typed('+04 -04');
    two.point(10, 20, 1);
    await pc.typed('+04 -04 10,20 1');
    // What a viewer that vanishes held is let go.
    two.close();
    await pc.typed('+04 -04 10,20 1 10,20 0');
    await pc.simulator.unplug();
    await pc.closed();
    await pc.simulator.plug();
    await expect.poll(() => pc.simulator.openSessions.kvm, soon).toBe(true);
    pc.screen.resize(640, 480);
    await expect.poll(async () => difference(await one.look(), pc.screen.picture), soon).toBeUndefined();
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    await pc.closed();
    expect(one.closed).toBe(true);
  });

  it('is held up neither by a viewer that reads nothing nor by one that makes no sense', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --jsonl`, { env });
    const where = await place(running);
    const [stalled, strange, other] = [
      await VncViewer.open(where),
      await VncViewer.open(where),
      await VncViewer.open(where),
    ];
    stalled.stall();
    strange.say('ee');
    await expect.poll(() => strange.closed, soon).toBe(true);
    await expect.poll(() => running.said.stdout, soon).toMatch(/"type":"left".*"viewer":2.*0xee is unknown/);
    for (const seed of [3, 4]) {
      pc.screen.paint(seed);
      await expect.poll(async () => difference(await other.look(), pc.screen.picture), soon).toBeUndefined();
    }
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    for (const viewer of [stalled, other]) viewer.close();
  });

  it.skipIf(process.platform === 'win32')('shows at a socket of its owner alone, to look and not to type', async () => {
    await using pc = await Pc.start();
    const path = join(amt.folder, 'vnc');
    const running = amt.start(`kvm vnc ${pc.target} --listen unix:${path} --view-only --jsonl`, { env });
    await place(running);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const viewer = await VncViewer.open({ path });
    viewer.press(0x61);
    viewer.point(10, 20, 1);
    await expect.poll(async () => difference(await viewer.look(), pc.screen.picture), soon).toBeUndefined();
    viewer.close();
    await expect.poll(() => running.said.stdout, soon).toContain('"left"');
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    expect(pc.screen.input).toEqual([]);
  });

  it('switches on what it needs, where it is asked to', async () => {
    await using pc = await Pc.start();
    expect((await amt.run(`features ${pc.target} --kvm off --yes`, { env })).status).toBe(0);
    const refused = await amt.run(`kvm vnc ${pc.target} --listen 0`, { env });
    expect([refused.status, refused.stderr]).toEqual([7, expect.stringContaining('--enable')]);
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --json --enable`, { env });
    const viewer = await VncViewer.open(await place(running));
    await expect.poll(async () => difference(await viewer.look(), pc.screen.picture), soon).toBeUndefined();
    viewer.close();
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
  });

  it('speaks to pages of this computer over WebSocket, and to no others', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --websocket 0 --json`, { env });
    await place(running);
    const { websocket } = JSON.parse(running.said.stdout) as { readonly websocket: { readonly port: number } };
    const socket = new WebSocket(`ws://127.0.0.1:${websocket.port}/websockify`, 'binary');
    const heard = await new Promise<Blob>((resolve) => {
      socket.addEventListener('message', ({ data }) => resolve(data));
    });
    expect([await heard.text(), socket.protocol]).toEqual(['RFB 003.008\n', 'binary']);
    let answer = Buffer.alloc(0);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      answer = Buffer.concat([answer, Buffer.from(data)]);
    });
    // Version, None, and that others may look, too; then a key. Where messages end means nothing.
    for (const part of ['RFB 00', '3.008\n\x01', '\x01\x04\x01\0', '\0\0\0\0\x61\x04\0\0\0\0\0\0\x61']) {
      socket.send(Buffer.from(part, 'latin1'));
    }
    await pc.typed('+04 -04');
    // None, its success, 800 × 600, and the name.
    const { width, height } = pc.screen;
    expect([...answer.subarray(0, 6)]).toEqual([1, 1, 0, 0, 0, 0]);
    expect([answer.readUInt16BE(6), answer.readUInt16BE(8)]).toEqual([width, height]);
    expect(answer.subarray(30).toString()).toBe(pc.target);
    socket.close();
    const headers = { connection: 'upgrade', upgrade: 'websocket', origin: 'http://evil.example' };
    const asked = request({ host: '127.0.0.1', port: websocket.port, headers }).end();
    expect((await once(asked, 'response'))[0].statusCode).toBe(403);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
  });

  it('is for this computer, and asks others for a password before it speaks to anybody', async () => {
    await using pc = await Pc.start();
    const refused = await amt.run(`kvm vnc ${pc.target} --listen 0.0.0.0:0`, { env });
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--allow-remote') });
    const open = await amt.run(`kvm vnc ${pc.target} --listen 0.0.0.0:0 --allow-remote`, { env });
    expect(open).toMatchObject({ status: 2, stderr: expect.stringContaining('--vnc-password-stdin') });
    expect(refused.stderr).toContain('ssh -L');
    expect((await amt.run('kvm vnc --help')).stdout).toContain('ssh -L 5901:127.0.0.1:5901 THIS-COMPUTER');
    expect(pc.simulator.received.count).toBe(0);
    const running = amt.start(`kvm vnc ${pc.target} --listen 0 --vnc-password-stdin --json`, { env });
    running.child.stdin?.end('s3cret!\n');
    expect(await VncViewer.offered(await place(running))).toEqual([2]);
    running.child.kill('SIGTERM');
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain('s3cret!');
  });

  it('makes those wait who guess its password, says so, and lets a viewer in that mistyped', async () => {
    await using pc = await Pc.start();
    const running = amt.start(`kvm vnc ${pc.target} --listen 0`, { env: { ...env, AMT_VNC_PASSWORD: 's3cret!' } });
    await expect.poll(() => running.said.stdout + (running.child.exitCode ?? ''), soon).toContain('\n');
    const port = Number(/:(\d+) for VNC/.exec(running.said.stdout)?.[1]);
    const why = (password: string): Promise<string> =>
      VncViewer.open({ port }, password).then(
        (viewer) => viewer.name,
        ({ message }: Error) => message,
      );
    const wrong = 'The server refuses: the password is not right.';
    expect([await why('s3cret'), await why('s3cret!')]).toEqual([wrong, pc.target]);
    for (const word of ['a', 'b', 'c']) expect(await why(word)).toBe(wrong);
    expect(await why('s3cret!')).toBe('The server refuses: too many wrong passwords; try again in 2 s.');
    expect(running.said.stderr).toContain(
      `${pc.target}: 3 wrong passwords from 127.0.0.1: nobody is let in from there for 2 s`,
    );
    await expect.poll(() => why('s3cret!'), soon).toBe(pc.target);
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect([status, `${stdout}${stderr}`.includes('s3cret')]).toEqual([0, false]);
  });

  it('types what a viewer copies where that is wanted, and says what it does not type', async () => {
    await using pc = await Pc.start();
    const words = `kvm vnc ${pc.target} --listen 0 --jsonl`;
    const quiet = amt.start(words, { env });
    const viewer = await VncViewer.open(await place(quiet));
    viewer.copy('b');
    viewer.press(0x61);
    await pc.typed('+04 -04');
    quiet.child.kill('SIGINT');
    await quiet.ended;
    pc.screen.input.length = 0;
    const running = amt.start(`${words} --paste --layout de`, { env });
    const copying = await VncViewer.open(await place(running));
    copying.copy('zY\n');
    await pc.typed('+1c -1c +e1 +1d -1d -e1 +28 -28');
    const told = () =>
      running.said.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    await expect.poll(() => told().at(-1), soon).toMatchObject({ type: 'pasted', viewer: 1, characters: 3 });
    copying.copy('\xd8');
    const reason = 'the keyboard de does not have 1 of its 1 characters';
    await expect.poll(() => told().at(-1), soon).toMatchObject({ type: 'unpasted', viewer: 1, begun: false, reason });
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(0);
    expect(pc.screen.input).toHaveLength(8);
    expect((await amt.run(`kvm vnc ${pc.target} --paste --view-only`, { env })).status).toBe(2);
  });
});
