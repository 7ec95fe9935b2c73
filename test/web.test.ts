/** A person looks at a PC in a browser: the page of `amt kvm open`, in Chromium. */
import { once } from 'node:events';
import { request } from 'node:http';
import { needs } from '@amtkit/core/testing';
import { createSimulator, memoryPc, realClock, type Simulator, type SimulatorOptions } from '@amtkit/simulator';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Amt, type Running } from './support/amt.ts';
import { canvasOf, startChromium } from './support/chromium.ts';
import { mediaFor, type RealGuest, realGuest } from './support/real-guest.ts';
import { difference, type Picture, pictureOf, ppmPicture } from './support/same-picture.ts';
import { password } from './support/scenario.ts';
import { screenPc, TestScreen } from './support/screen-pc.ts';

/** Processes start slowly where many things run at once. */
const patience = { timeout: 90_000 };
const soon = { timeout: 20_000 };
const env = { AMT_PASSWORD: password };

let amt: Amt;

beforeAll(async () => {
  amt = await Amt.open();
});

afterAll(() => amt[Symbol.asyncDispose]());

/** `amt kvm open` of a virtual PC. */
async function open(options: SimulatorOptions) {
  const simulator = await createSimulator({ speed: 0, password, power: 'on', ...options });
  const { host, ports } = simulator;
  const target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
  const running = amt.start(`kvm open ${target} --no-browser --json`, { env });
  await expect.poll(() => running.said.stdout + (running.child.exitCode ?? ''), soon).toContain('\n');
  const { address } = JSON.parse(running.said.stdout.split('\n')[0] ?? '') as { readonly address: string };
  return { simulator, target, running, address };
}

/** Ctrl-C, and everything is gone. */
async function end(running: Running, simulator: Simulator): Promise<void> {
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ status: 0 });
  await expect.poll(() => simulator.openSessions.kvm, soon).toBe(false);
  await simulator.close();
}

describe('The viewer page in Chromium', needs('chromium'), () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(() => browser?.close());

  /** The page, connected. What it complains of fails the test. */
  async function visit(address: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(address);
    await page.waitForSelector('#connection[data-state="open"]', soon);
    return { page, complaints };
  }

  it('shows every pixel of the screen, takes keys and pointer, and follows a change of mode', patience, async () => {
    const { hardware, screen } = screenPc();
    const { simulator, target, running, address } = await open({ hardware });
    const { page, complaints } = await visit(address);
    const shows = (): Promise<void> =>
      expect.poll(async () => difference(await canvasOf(page), screen.picture), soon).toBeUndefined();
    await shows();
    expect(await page.title()).toBe(`${target} (on)`);
    // The token is not to be seen any more.
    expect(page.url()).not.toContain('#');
    await page.keyboard.press('a');
    await expect.poll(() => screen.input.join(' '), soon).toContain('+04 -04');
    await page.click('text=Ctrl+Alt+Del');
    await expect.poll(() => screen.input.join(' '), soon).toContain('+e0 +e2 +4c -4c -e2 -e0');
    const canvas = await page.locator('#screen canvas').boundingBox();
    await page.mouse.click((canvas?.x ?? 0) + (canvas?.width ?? 0) / 2, (canvas?.y ?? 0) + (canvas?.height ?? 0) / 2);
    await expect.poll(() => screen.input.join(' '), soon).toMatch(/(399|400|401),(299|300|301) 1/);
    screen.resize(1024, 768);
    await shows();
    // Loaded again it is still in; in another tab the same address is not good a second time.
    await page.reload();
    await shows();
    const late = await browser.newPage();
    await late.goto(address);
    await expect.poll(() => late.textContent('#notice'), soon).toContain('has been used');
    await late.close();
    expect(complaints).toEqual([]);
    await end(running, simulator);
    await expect.poll(() => page.textContent('#connection'), soon).toBe('amt kvm open has ended');
    await page.close();
  });

  it('offers the displays of a PC that has several, and shows the one that is chosen', patience, async () => {
    const { hardware, screen } = screenPc();
    const second = new TestScreen(640, 480);
    second.paint(3);
    Object.defineProperty(hardware, 'furtherScreens', { value: [second] });
    const { simulator, running, address } = await open({ hardware });
    const { page, complaints } = await visit(address);
    const shows = ({ picture }: TestScreen): Promise<void> =>
      expect.poll(async () => difference(await canvasOf(page), picture), soon).toBeUndefined();
    await shows(screen);
    await page.click('#displays-menu summary');
    expect(await page.locator('#displays button[aria-pressed="true"]').textContent()).toBe('Display 1, 800 × 600');
    await page.click('text="Display 2, 640 × 480"');
    await shows(second);
    await page.waitForSelector('#displays button[aria-pressed="true"]:has-text("Display 2")', {
      state: 'attached',
      ...soon,
    });
    await page.mouse.click(640, 400);
    await expect.poll(() => second.input.join(' '), soon).toMatch(/\d+,\d+ 1/);
    // A session that is lost comes back with the same one.
    await simulator.unplug();
    await expect.poll(() => simulator.openSessions.kvm, soon).toBe(false);
    await simulator.plug();
    second.paint(4);
    await shows(second);
    expect(complaints).toEqual([]);
    await page.close();
    await end(running, simulator);
  });

  it('types a command at a PC, sees what it says, and switches the PC off and on', patience, async () => {
    const hardware = memoryPc({ power: 'on', clock: realClock, speed: 0 });
    const { simulator, running, address } = await open({ hardware });
    const { page, complaints } = await visit(address);
    const shown = (): Picture => {
      const { width, height } = hardware.screen;
      const colours = new Uint32Array(width * height);
      hardware.screen.read({ x: 0, y: 0, width, height }, colours);
      return pictureOf(width, height, colours);
    };
    const shows = (): Promise<void> =>
      expect.poll(async () => difference(await canvasOf(page), shown()), soon).toBeUndefined();
    await expect.poll(() => hardware.screen.mode, soon).toBe('graphics');
    await shows();
    const before = await canvasOf(page);
    await page.click('#paste');
    await page.fill('#text', 'echo seen in a browser\n');
    await page.click('#paste-go');
    await page.waitForSelector('#paste-dialog', { state: 'hidden', ...soon });
    await shows();
    expect(difference(await canvasOf(page), before)).toMatch(/pixels are others/);
    await page.keyboard.type('poweroff\n');
    await expect.poll(() => hardware.power, soon).toBe('off');
    await page.click('#power-menu summary');
    await page.click('text="Switch on"');
    await expect.poll(() => hardware.power, soon).toBe('on');
    await page.waitForSelector('#power[data-power="on"]', soon);
    await page.click('#power-menu summary');
    await page.click('text="Switch off hard"');
    await page.click('text="Leave it"');
    expect(hardware.power).toBe('on');
    await page.click('#power-menu summary');
    await page.click('text="Switch off hard"');
    await page.click('#confirm-yes');
    await expect.poll(() => hardware.power, soon).toBe('off');
    await page.waitForSelector('#power[data-power="off"]', soon);
    expect(complaints).toEqual([]);
    await page.close();
    await end(running, simulator);
  });
});

describe('A real PC in Chromium', patience, () => {
  /** The page of a real guest, and how it is compared with what QEMU says it shows. */
  async function look(guest: RealGuest) {
    const { host, ports, qemu } = guest.simulator;
    if (qemu === undefined) throw new Error('There is no PC of QEMU.');
    const running = amt.start(`kvm open ${host}:${ports.wsmanTls}:${ports.redirectionTls} --no-browser --json`, {
      env,
    });
    await expect.poll(() => running.said.stdout + (running.child.exitCode ?? ''), soon).toContain('\n');
    const { address } = JSON.parse(running.said.stdout.split('\n')[0] ?? '') as { readonly address: string };
    const browser = await startChromium();
    const page = await browser.newPage();
    await page.goto(address);
    return {
      page,
      shows: (): Promise<void> =>
        expect
          .poll(async () => difference(await canvasOf(page), ppmPicture(await qemu.screendump())), { timeout: 30_000 })
          .toBeUndefined(),
      async [Symbol.asyncDispose]() {
        await browser.close();
        running.child.kill('SIGINT');
        expect((await running.ended).status).toBe(0);
      },
    };
  }

  it(
    'is seen starting, every pixel of it, and starts anew by the power menu',
    needs('chromium', 'qemu'),
    async (context) => {
      await using guest = await realGuest(context);
      await guest.machine.power.on();
      await using viewer = await look(guest);
      const { page, shows } = viewer;
      await shows();
      await page.click('#power-menu summary');
      await page.click('text="Reset"');
      await page.click('#confirm-yes');
      await guest.simulator.firmware.until(({ power }) => power === 'on');
      await shows();
    },
  );

  it('does what is typed into the page, and shows what comes of it', needs('chromium', 'qemu'), async (context) => {
    const { console: cd } = await mediaFor(context);
    await using guest = await realGuest(context, { qemu: { cd } });
    const { machine } = guest;
    await machine.features.set({ listener: true, sol: true, kvm: true });
    await using serial = await machine.serial();
    let told = '';
    // A port that ends early is seen by what it did not tell.
    const listening = async () => {
      for await (const bytes of serial) told += new TextDecoder().decode(bytes);
    };
    listening().catch(() => {});
    await machine.boot.once('cd');
    await machine.power.on();
    await using viewer = await look(guest);
    const { page, shows } = viewer;
    await expect.poll(() => told, { timeout: 60_000 }).toContain('amtkit-console: started');
    await typeInto(page, 'clear\n');
    await shows();
    const before = await canvasOf(page);
    await typeInto(page, 'echo 42 is $((6*7)) | tee /dev/ttyS0\n');
    // The guest's own word for it: the sum stands nowhere in what was typed.
    await expect.poll(() => told, soon).toMatch(/^42 is 42\r?$/m);
    await shows();
    const seen = await canvasOf(page);
    expect(difference(seen, before)).toMatch(/pixels are others/);
    // Behind the prompt, "echo 42 is $((6*7))" in the first row; "42 is 42" in the second.
    expect(cells(seen, 1, 0, 6)).toBe(cells(seen, 0, 7, 6));
    expect(cells(seen, 1, 6, 2)).toBe(cells(seen, 0, 7, 2));
    expect(cells(seen, 1, 6, 2)).not.toBe(cells(seen, 1, 8, 2));
  });
});

/** Shifted signs of a US keyboard, by the key that has them. */
const SHIFTED: Readonly<Record<string, string>> = {
  $: 'Digit4',
  '*': 'Digit8',
  '(': 'Digit9',
  ')': 'Digit0',
  '|': 'Backslash',
};

/** Types as a person does, with Shift held where it belongs. */
async function typeInto(page: Page, text: string): Promise<void> {
  for (const character of text) {
    const key = SHIFTED[character] ?? (/[A-Z]/.test(character) ? `Key${character}` : undefined);
    await page.keyboard.press(key === undefined ? character.replace('\n', 'Enter') : `Shift+${key}`, { delay: 20 });
  }
}

/** What stands in some cells of a text screen: characters are 9 × 16 pixels. */
function cells({ width, pixels }: Picture, row: number, column: number, count: number): string {
  const lines = Array.from({ length: 16 }, (_, y) => 4 * ((16 * row + y) * width + 9 * column));
  return lines.map((at) => Array.from(pixels).slice(at, at + 4 * 9 * count)).join('\n');
}

describe('A PC without a picture', patience, () => {
  it('that is off is waited for, and comes into the page once it is on', needs('chromium'), async () => {
    const { hardware, screen } = screenPc();
    const simulator = await createSimulator({ speed: 0, password, hardware });
    simulator.setFaults({ screens: { 'no-display': 1 } });
    const { host, ports } = simulator;
    const target = `${host}:${ports.wsmanTls}:${ports.redirectionTls}`;
    expect((await amt.run(`kvm shot ${target} x.png`, { env })).status).toBe(7);
    expect((await amt.run(`power off ${target} --yes --wait`, { env })).status).toBe(0);
    const running = amt.start(`kvm open ${target} --no-browser --json`, { env });
    await expect.poll(() => running.said.stdout + (running.child.exitCode ?? ''), soon).toContain('\n');
    const { address } = JSON.parse(running.said.stdout.split('\n')[0] ?? '') as { readonly address: string };
    const browser = await startChromium();
    const page = await browser.newPage();
    await page.goto(address);
    await expect.poll(() => page.textContent('#connection'), soon).toContain('No picture from the machine');
    await page.click('#power-menu summary');
    simulator.setFaults();
    await page.click('text="Switch on"');
    await expect.poll(async () => difference(await canvasOf(page), screen.picture), soon).toBeUndefined();
    await page.waitForSelector('#connection[data-state="open"]', soon);
    await browser.close();
    await end(running, simulator);
  });
});

/** What the server says to a request. */
async function ask(address: string, path: string, headers: Record<string, string>, body?: object) {
  const { hostname, port } = new URL(address);
  const method = body === undefined ? 'GET' : 'POST';
  const asked = request({ hostname, port, path, method, headers });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode as number, headers: response.headers, text };
}

describe('The server of the page', patience, () => {
  it('lets in who has the token, once, from its own page at this computer, and nobody else', async () => {
    const { hardware, screen } = screenPc();
    const { simulator, running, address } = await open({ hardware });
    const { host, origin, hash } = new URL(address);
    const json = { 'content-type': 'application/json', origin };
    const page = await ask(address, '/', { host });
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect((await ask(address, '/', { host: 'evil.example' })).status).toBe(403);
    expect((await ask(address, '/../package.json', { host })).status).toBe(404);
    const token = { token: hash.slice(1) };
    expect((await ask(address, '/api/session', { ...json, origin: 'http://evil.example' }, token)).status).toBe(403);
    expect((await ask(address, '/api/session', json, { token: 'guess' })).status).toBe(403);
    expect((await ask(address, '/api/session', json, { token: 1 })).status).toBe(400);
    const { key } = JSON.parse((await ask(address, '/api/session', json, token)).text) as { readonly key: string };
    expect((await ask(address, '/api/session', json, token)).status).toBe(403);
    const known = { ...json, authorization: `Bearer ${key}` };
    expect((await ask(address, '/api/keys', json, { keys: 'a' })).status).toBe(401);
    expect((await ask(address, '/api/keys', known, { keys: 'f13579' })).status).toBe(400);
    expect((await ask(address, '/api/keys', known, { keys: 'f10' })).status).toBe(200);
    expect((await ask(address, '/api/type', known, { text: '☃', layout: 'us' })).status).toBe(400);
    expect((await ask(address, '/api/run', known, { id: 'user.remove' })).status).toBe(400);
    expect((await ask(address, '/api/run', known, { id: 'x'.repeat(70_000) })).status).toBe(400);
    await expect.poll(() => screen.input.join(' ')).toBe('+43 -43');
    expect(running.said.stdout + running.said.stderr).not.toContain(key);
    await end(running, simulator);
  });
});
