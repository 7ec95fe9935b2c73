/** Debian's amtterm, unmodified: it knows the password in clear, no TLS, and nothing but Serial-over-LAN. */
import { needs } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ESCAPE, talk } from './amtterm.ts';

const password = 'P@ssw0rd1';

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
