/** Debian's amtterm, unmodified: it knows the password in clear, no TLS, and nothing but Serial-over-LAN. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { needs } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const password = 'P@ssw0rd1';

/** Typed to end amtterm: Ctrl and ]. */
const ESCAPE = '\u001d';

describe("Debian's amtterm", needs('amtterm'), () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await createSimulator({ profile: 'amt-7', password, speed: 0, power: 'on' });
  });

  afterEach(async () => {
    await simulator?.close();
  });

  it('logs in with user and password', async () => {
    const amtterm = await talk(simulator, password);
    await amtterm.until(/serial-over-lan redirection ok/);
    amtterm.type(ESCAPE);
    expect(await amtterm.end()).toMatch(/RUN_SOL -> CLOSING[\s\S]*CLOSING -> CLOSED/);
    await expect.poll(() => simulator.openSessions.sol).toBe(0);
  });

  it('is told the lines of the serial port', async () => {
    const amtterm = await talk(simulator, password);
    await amtterm.until(/RTS is asserted[\s\S]*DTR is asserted/);
    amtterm.type(ESCAPE);
    await amtterm.end();
  });

  it('shows what the PC writes, and types what it reads', async () => {
    const amtterm = await talk(simulator, password);
    await amtterm.until(/serial-over-lan redirection ok/);
    amtterm.type('\rhelp\r');
    await amtterm.until(/poweroff/);
    amtterm.type(ESCAPE);
    await amtterm.end();
  });

  it('is refused with a wrong password', async () => {
    const amtterm = await talk(simulator, 'Wr0ng!pass');
    expect(await amtterm.end()).not.toMatch(/redirection ok/);
    expect(simulator.openSessions.sol).toBe(0);
  });

  it('is refused while another console has the session', async () => {
    simulator.openSessions.sol = 1;
    const amtterm = await talk(simulator, password);
    expect(await amtterm.end()).not.toMatch(/redirection ok/);
  });
});

/** amtterm, with what it printed so far. */
interface Talk {
  type(text: string): void;
  until(pattern: RegExp): Promise<void>;
  /** All it printed, once it is gone. */
  end(): Promise<string>;
}

async function talk({ host, ports }: Simulator, word: string): Promise<Talk> {
  const child = spawn('amtterm', ['-u', 'admin', host, String(ports.redirection)], {
    env: { ...process.env, AMT_PASSWORD: word },
  });
  const closed = once(child, 'close');
  let printed = '';
  let heard = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (text: string) => {
      printed += text;
      heard();
    });
  }
  await once(child, 'spawn');
  return {
    type: (text) => void child.stdin.write(text),
    async until(pattern) {
      while (!pattern.test(printed)) {
        const more = new Promise<'more'>((resolve) => {
          heard = () => resolve('more');
        });
        if ((await Promise.race([more, closed])) !== 'more') break;
      }
      expect(printed).toMatch(pattern);
    },
    async end() {
      await closed;
      return printed;
    },
  };
}
