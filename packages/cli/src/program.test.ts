import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sections } from './commands.ts';
import { amt } from './testing/command-line.ts';

const password = 'P@ssw0rd1';
let folder: string;
let simulator: Simulator;
/** The virtual PC as an address. */
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amt-cli-'));
  vi.stubEnv('AMTKIT_CONFIG', join(folder, 'amtkit.yaml'));
  vi.stubEnv('AMTKIT_STATE', join(folder, 'state.json'));
  vi.stubEnv('AMT_PASSWORD', password);
  vi.stubEnv('CI', '');
  simulator = await createSimulator({ speed: 0, password });
  address = `${simulator.host}:${simulator.ports.wsmanTls}`;
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await simulator.close();
  await rm(folder, { recursive: true });
});

async function json(line: string) {
  const { stdout, status } = await amt(`${line} --json`);
  return { status, ...(JSON.parse(stdout) as { schemaVersion: 1; results: Record<string, unknown>[] }) };
}

/** Every command with the words below it. */
async function everyCommand(): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, load } of sections.flatMap(({ entries }) => entries)) {
    const loaded = await load();
    if ('commands' in loaded) lines.push(...[...loaded.commands.keys()].map((word) => `${name} ${word}`.trim()));
    else lines.push(name);
  }
  return lines;
}

describe('Every command', () => {
  it('has help, on stdout and with exit code 0', async () => {
    for (const line of await everyCommand()) {
      const { status, stdout, stderr } = await amt(`${line} --help`);
      expect([line, status, stderr]).toEqual([line, 0, '']);
      expect(stdout).toContain(`amt ${line.split(' ')[0]}`);
    }
  });

  it('refuses an option it does not know with exit code 2 and its name', async () => {
    for (const line of await everyCommand()) {
      const { status, stderr } = await amt(`${line} a b c --nonsense`);
      expect([line, status]).toEqual([line, 2]);
      expect(stderr).toContain('--nonsense');
    }
  });

  it('says what is wrong with a command line as one JSON document, too', async () => {
    for (const line of await everyCommand()) {
      const { status, schemaVersion, results } = await json(`${line} a b c --nonsense`);
      expect([line, status, schemaVersion]).toEqual([line, 2, 1]);
      expect(results).toMatchObject([{ machine: null, ok: false, error: { code: 'USAGE' } }]);
    }
  });
});

describe('A command line', () => {
  it('without a command is the short help and exit code 2', async () => {
    expect(await amt('')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('Usage') });
    expect(await amt('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Exit codes') });
    expect((await amt('help power on')).stdout).toBe((await amt('power on --help')).stdout);
  });

  it.each([
    ['powr on x', 'Did you mean power?'],
    ['power stat x', 'Did you mean state?'],
    ['power', 'amt power needs one of'],
    ['power on', 'Something is missing: amt power on <targets..>'],
    ['power on x --timeout', '--timeout needs a value.'],
    ['power on x --timeout soon', '--timeout takes a time such as 2s'],
    ['power on x --timeout 0', '--timeout takes a time from 1ms, not "0".'],
    ['power on x --parallel 0', '--parallel takes a whole number from 1'],
    ['power on x --tls maybe', '--tls takes one of auto, on, off'],
    ['scan 192.168.1.300', '300 is above 255'],
    ['scan 10-20', '10-20 is not an address'],
    ['scan 10.0.0.0/8', 'amt scan --huge allows it'],
    ['scan 10.0.0.0/16', 'Add --yes to scan them'],
    ['power state x --password=abc', 'A password does not belong on the command line'],
    ['power state @lab', 'No machine in the book'],
    ['wsman get x Win32_Process', 'begins with CIM_, AMT_ or IPS_'],
    ['explain foo', 'Nothing is known about foo'],
    ['export --format xml', '--format takes one of json, csv, meshcommander'],
    ['edit pc', 'pc'],
    ['import nowhere.csv', 'there is no such file'],
  ])('"amt %s" is exit code 2 and a sentence', async (line, sentence) => {
    const { status, stdout, stderr } = await amt(line);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
    expect(status).toBe(2);
  });

  it('with --config needs that book, except where it may make one', async () => {
    const path = join(folder, 'not-there', 'book.yaml');
    for (const line of ['power state office-pc', `power state ${address}`, 'ls', 'edit pc --tags x', 'bridge']) {
      const { status, stderr } = await amt(`${line} --config ${path}`);
      expect({ line, status, stderr }).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`no machine book ${path}`),
      });
    }
    const added = await amt(`add new ${address} --no-check --config ${path}`);
    expect(added).toMatchObject({ status: 0, stdout: expect.stringContaining('Added new') });
    expect((await amt(`ls --config ${path}`)).stdout).toContain('new');
  });

  it('offers no value for the next boot that it refuses', async () => {
    const { stdout } = await amt('boot next --help');
    expect(stdout).toContain('show it, or set it: none, pxe');
    expect(stdout).not.toMatch(/unknown|https/);
  });

  it('never repeats a password that was typed where it does not belong', async () => {
    const { stdout, stderr } = await amt('power state x --password=Geheim-123');
    expect(stdout + stderr).not.toContain('Geheim');
  });

  it('may have options in front of the command and behind it', async () => {
    expect((await amt(`--json --timeout 5s power state ${address}`)).status).toBe(0);
    expect((await amt(`power --json state --timeout=5s ${address}`)).status).toBe(0);
  });
});

describe('Against a virtual PC', () => {
  it.each([
    'power state A',
    'power supported A',
    'power status A',
    'power on A --yes',
    'boot targets A',
    'boot pxe A --yes',
    'boot clear A --yes',
    'info A',
    'hw A',
    'hw model A',
    'net A',
    'features A',
    'features A --sol off --yes',
    'features sol A on --yes',
    'consent A',
    'log event A',
    'log event A --limit 1',
    'log audit A',
    'log last A',
    'user A',
    'time A',
    'time sync A --yes',
    'net A --ping off',
    'net ping A on',
    'doctor A',
    'wsman get A AMT_GeneralSettings',
    'wsman enum A CIM_SoftwareIdentity --xml',
    'power off A --dry-run',
  ])('"amt %s" gives one document with one result', async (line) => {
    const { status, schemaVersion, results } = await json(line.replace('A', address));
    expect({ status, schemaVersion }).toEqual({ status: 0, schemaVersion: 1 });
    expect(results).toMatchObject([{ machine: address, ok: true }]);
    expect(results[0]).toHaveProperty('data');
  });

  it('with old TLS names the options that reach it', async () => {
    await using old = await createSimulator({ speed: 0, password, profile: 'amt-7' });
    const oldAddress = `${old.host}:${old.ports.wsmanTls}`;
    for (const line of [`power state ${oldAddress}`, `add old ${oldAddress}`]) {
      expect(await amt(line)).toMatchObject({ status: 6, stderr: expect.stringContaining('--legacy-tls') });
    }
  });

  it('the doctor sends no log-in while the account is locked, and says until when', async () => {
    await using pc = await createSimulator({ speed: 0, password });
    const at = `${pc.host}:${pc.ports.wsmanTls}`;
    const wrong = { env: { AMT_PASSWORD: 'Wr0ng!pass' } };
    for (let i = 0; i < 10; i++) await amt(`power state ${at}`, wrong);
    const before = pc.received.logins.length;
    const { status, stdout } = await amt(`doctor ${at}`, wrong);
    expect(status).toBe(12);
    expect(stdout).toMatch(/Fix: Wait until \d{4}-/);
    expect(stdout).not.toContain('amt edit');
    expect(pc.received.logins).toHaveLength(before);
  });

  it('a reading is its id with its value, and bare in text', async () => {
    await amt(`power off ${address} --yes`);
    expect((await json(`power state ${address}`)).results).toEqual([
      { machine: address, ok: true, data: { 'power.state': 'off' } },
    ]);
    expect((await amt(`power state ${address}`)).stdout).toBe('off\n');
  });

  it('several targets are several results and a table, and 11 when one of them fails', async () => {
    const dead = '127.0.0.1:1';
    const { status, results } = await json(`power state ${address} ${dead}`);
    expect(status).toBe(11);
    expect(results).toMatchObject([
      { machine: address, ok: true },
      { machine: dead, ok: false, error: { code: 'CONNECT_FAILED' } },
    ]);
    expect((await amt(`power state ${address},${dead}`)).stdout).toMatch(/^MACHINE +POWER STATE\n127/);
  });

  it('what people would notice is refused without --yes, and nothing is sent', async () => {
    const before = simulator.received.requests().length;
    const { status, stderr } = await amt(`power reset ${address}`);
    expect(status).toBe(2);
    expect(stderr).toContain('--yes');
    expect(simulator.received.requests().length).toBe(before);
  });

  it('--dry-run says what would be done, and sends nothing', async () => {
    const before = simulator.received.requests().length;
    expect(await amt(`power reset ${address} --dry-run`)).toMatchObject({
      status: 0,
      stdout: `Would do on ${address}: Reset.\n`,
    });
    expect(simulator.received.requests().length).toBe(before);
  });

  it('--verbose shows what is sent, and no secret', async () => {
    const { stderr } = await amt(`power state ${address} --verbose`);
    expect(stderr).toContain('CIM_AssociatedPowerManagementService');
    expect(stderr).not.toContain(password);
    expect(stderr).not.toMatch(/Authorization|response=/i);
  });

  it('an account is added, locked out, let in and removed, its password from stdin alone', async () => {
    const secret = 'N3w!Password';
    const names = async () =>
      (await json(`user list ${address}`)).results.flatMap(({ data }) =>
        (data as { 'user.list': { name: string; enabled?: boolean }[] })['user.list'].map(
          ({ name, enabled }) => `${name} ${enabled}`,
        ),
      );
    const add = `user add ${address} --name operator --realms hardware-asset --new-password-stdin --yes`;
    const added = await amt(add, { stdin: `${secret}\n` });
    expect(added).toMatchObject({ status: 0 });
    expect(added.stdout + added.stderr).not.toContain(secret);
    expect(await names()).toContain('operator true');
    expect((await amt(`user disable ${address} --name operator --yes`)).status).toBe(0);
    expect(await names()).toContain('operator false');
    expect((await amt(`user enable ${address} --name operator --yes`)).status).toBe(0);
    expect(await names()).toContain('operator true');
    expect((await amt(`user rm ${address} --name operator --yes`)).status).toBe(0);
    expect((await names()).join()).not.toContain('operator');
  });

  it('consent is asked for, and given with the code from the screen', async () => {
    await using guarded = await createSimulator({ speed: 0, password, controlMode: 'ccm', power: 'on' });
    const target = `${guarded.host}:${guarded.ports.wsmanTls}`;
    expect((await amt(`boot pxe ${target} --yes`)).status).toBe(9);
    const shown = () => expect.poll(() => guarded.firmware.state.consent.state).toBe('displayed');
    expect((await amt(`consent request ${target}`)).status).toBe(0);
    await shown();
    expect((await amt(`consent send ${target} --code 12`)).status).toBe(2);
    const wrong = guarded.firmware.state.consent.code === '000000' ? '000001' : '000000';
    const refused = await amt(`consent send ${target} --code ${wrong}`);
    expect(refused.status).toBe(7);
    expect(refused.stdout + refused.stderr).not.toContain(wrong);
    await amt(`consent request ${target}`);
    await shown();
    const given = await amt(`consent send ${target} --code-stdin`, {
      stdin: `${guarded.firmware.state.consent.code}\n`,
    });
    expect(given.stderr).toBe('');
    expect((await json(`consent state ${target}`)).results).toMatchObject([{ data: { 'consent.state': 'received' } }]);
    expect((await amt(`boot pxe ${target} --yes`)).status).toBe(0);
  });

  it('WS-Management is read, changed and called as it is', async () => {
    const got = await json(`wsman get ${address} AMT_GeneralSettings`);
    expect(got.results).toMatchObject([{ data: [{ NetworkInterfaceEnabled: 'true' }] }]);
    const refused = await json(
      `wsman invoke ${address} CIM_PowerManagementService RequestPowerStateChange PowerState=99 --yes`,
    );
    expect(refused).toMatchObject({ status: 7, results: [{ error: { code: 'METHOD_FAILED' } }] });
    const managed =
      '{"className":"CIM_ComputerSystem","selectors":{"CreationClassName":"CIM_ComputerSystem","Name":"ManagedSystem"}}';
    const { status } = await amt(
      `wsman invoke ${address} CIM_PowerManagementService RequestPowerStateChange PowerState=2 --stdin --yes`,
      { stdin: `{"ManagedElement":${managed}}` },
    );
    expect(status).toBe(0);
    await expect.poll(async () => (await amt(`power state ${address}`)).stdout).toBe('on\n');
  });
});

describe('The machine book', () => {
  it('is filled, listed, changed, written out, read back and emptied', async () => {
    const added = await amt(`add office-pc ${address} --tags lab,floor-2`);
    expect(added).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Added office-pc \(.*AMT 12\./) });
    expect((await json('ls')).results).toMatchObject([
      { machine: 'office-pc', data: { host: simulator.host, uuid: simulator.uuid, tags: ['lab', 'floor-2'] } },
    ]);
    expect(JSON.stringify(await json('ls'))).not.toContain(password);
    expect((await amt('power state @lab')).status).toBe(0);
    expect((await amt(`add again ${address}`)).stderr).toContain('is office-pc in the book already');
    expect((await amt('edit office-pc --tags lab --rename front-desk')).stdout).toBe('Changed front-desk.\n');
    const { stdout: csv } = await amt('export --format csv');
    expect(csv).toMatch(/^name,host/);
    expect(csv).not.toContain(password);
    expect((await amt('rm front-desk --yes')).stdout).toBe('Removed front-desk.\n');
    await writeFile(join(folder, 'list.csv'), csv);
    expect((await amt(['import', join(folder, 'list.csv')])).stdout).toContain('Added front-desk');
    expect((await amt('rm @all --yes')).status).toBe(0);
    expect((await json('ls')).results).toEqual([]);
  });

  it('is written for its owner alone, and keeps a password from AMT_PASSWORD as a reference', async () => {
    await amt(`add office-pc ${address}`);
    const book = join(folder, 'amtkit.yaml');
    if (process.platform !== 'win32') expect((await stat(book)).mode & 0o777).toBe(0o600);
    expect(await readFile(book, 'utf8')).toContain('password: { env: AMT_PASSWORD }');
    await amt('rm office-pc --yes');
  });

  it('takes a machine only after it has answered, unless it is told not to ask', async () => {
    expect(await amt('add ghost 127.0.0.1:1')).toMatchObject({ status: 3, stdout: '' });
    expect((await json('ls')).results).toEqual([]);
    expect((await amt('add ghost 127.0.0.1:1 --no-check')).status).toBe(0);
    expect((await amt('rm ghost --yes')).status).toBe(0);
  });
});

describe('A scan', () => {
  let found: Simulator;
  let line: string;

  /** A pong tells a port of real firmware, so the machine has these, at an address of its own. */
  beforeAll(async () => {
    const octet = () => randomInt(1, 254);
    const host = `127.${octet()}.${octet()}.${octet()}`;
    found = await createSimulator({ speed: 0, password, host, ports: { rmcp: 0, wsman: 16992, wsmanTls: 16993 } });
    line = `scan ${host} --port ${found.ports.rmcp} --no-tcp`;
  });

  afterAll(() => found.close());

  it('prints rows with a head, and the same as JSON', async () => {
    expect((await json(line)).results).toMatchObject([{ machine: found.host, data: { state: 'configured' } }]);
    expect((await amt(line)).stdout).toMatch(/^ADDRESS +PORT +VERSION/);
    const { stdout } = await amt(`${line} --jsonl`);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'found', machine: found.host });
  });

  it('with --add names who refused the log-in, after one try, and adds nobody', async () => {
    const { status, stderr } = await amt(`${line} --add`, { env: { AMT_PASSWORD: 'Wr0ng!pass' } });
    expect(status).toBe(4);
    expect(stderr).toContain(found.host);
    expect(found.received.logins.filter(({ ok }) => !ok)).toHaveLength(1);
    expect((await json('ls')).results).toEqual([]);
  });

  it('with --add adds who answers, with tags and one set of credentials, and knows them the next time', async () => {
    const { stdout, status } = await amt(`${line} --add --tags lab`);
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('Added ') });
    expect((await json('ls @lab')).results).toMatchObject([
      { data: { host: found.host, credentials: 'scan', uuid: found.uuid } },
    ]);
    expect((await amt('power state @lab')).status).toBe(0);
    expect((await amt(`${line} --add`)).stderr).toContain('in the book already');
    await amt('rm @all --yes');
  });
});

describe('An interruption', () => {
  it.each([
    ['power state A', 'Interrupted.\n'],
    ['power on A --yes', 'Interrupted. What was begun before may still happen.\n'],
  ])('of "amt %s" says "%s"', async (line, sentence) => {
    const stop = new AbortController();
    // A listener that never answers.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    silent.once('connection', () => stop.abort({ status: 130 }));
    const { status, stderr } = await amt(line.replace('A', `127.0.0.1:${port}`), { signal: stop.signal });
    silent.close();
    expect({ status, stderr }).toEqual({ status: 130, stderr: sentence });
  });
});

describe('The bridge', () => {
  it('takes no password of a broker from the command line, which others can read', async () => {
    const { status, stderr } = await amt('bridge --broker mqtt://eve:s3cret@127.0.0.1:1');
    expect(status).toBe(2);
    expect(stderr).toContain('--broker takes no password');
    expect(stderr).not.toContain('s3cret');
  });

  it('says that it waits for a broker that is not there, and not that it runs', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort({ status: 130 }), 1300);
    const { status, stdout } = await amt('bridge --broker mqtt://127.0.0.1:1', { signal: stop.signal });
    expect(stdout).toBe('Waiting for the broker at mqtt://127.0.0.1:1, until Ctrl-C.\n');
    expect(status).toBe(0);
  });
});
