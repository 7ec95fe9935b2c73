/** A person builds a flow: the editor of Node-RED in Chromium, with our palette, in front of a virtual PC. */
import { mkdir } from 'node:fs/promises';
import { needs } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './support/chromium.ts';
import { type FlowNode, NodeRed, nodeRedVersions } from './support/node-red.ts';
import { NodeRedEditor } from './support/node-red-editor.ts';
import { password } from './support/scenario.ts';

const soon = { timeout: 20_000 };
/** Processes start slowly where many things run at once. */
const patience = { timeout: 120_000 };

/** Where pictures of the editor go; those of the documents are made with it. */
const pictures = process.env.AMTKIT_PICTURES;

describe.each(nodeRedVersions)('The editor of %s', needs('peers', 'chromium'), (version) => {
  let browser: Browser;
  let pc: Simulator;

  beforeAll(async () => {
    pc = await createSimulator({ speed: 0, password });
    browser = await startChromium();
    if (pictures !== undefined) await mkdir(pictures, { recursive: true });
  });

  afterAll(async () => {
    await browser?.close();
    await pc?.close();
  });

  /** A picture of the editor for the documents, which show Node-RED 5. */
  async function picture({ page }: NodeRedEditor, name: string): Promise<void> {
    if (pictures === undefined || version !== 'node-red-5') return;
    await page.screenshot({ path: `${pictures}/${name}.png` });
  }

  it('builds, tests, deploys and runs a flow that powers a PC', patience, async () => {
    await using nodeRed = await NodeRed.start(version);
    await using editor = await NodeRedEditor.open(browser, nodeRed);
    const { page } = editor;
    expect(await editor.palette('AMT')).toEqual([
      'amt-power',
      'amt-watch',
      'amt-boot',
      'amt-media',
      'amt-reimage',
      'amt-serial',
      'amt-screen',
      'amt-type',
      'amt-action',
      'amt-alert',
      'amt-scan',
      'amt-wsman',
    ]);

    const inject = await editor.drag('inject', 120, 80);
    const power = await editor.drag('amt-power', 320, 80);
    const debug = await editor.drag('debug', 540, 80);
    await editor.wire(inject, power);
    await editor.wire(power, debug);

    await editor.edit(power);
    await picture(editor, 'power');
    await page.locator('#node-input-btn-machine-add, #node-input-lookup-machine').first().click();
    await page.locator('#node-config-input-source').waitFor();
    await editor.settled();
    await page.locator('#node-config-input-source').selectOption('host');
    await page.locator('#node-config-input-host').fill(`${pc.host}:${pc.ports.wsmanTls}:${pc.ports.redirectionTls}`);
    await page.locator('#node-config-input-tls').selectOption('on');

    await page.locator('#node-config-input-password').fill('not this one');
    await page.locator('#node-config-input-test').click();
    const tested = page.locator('#node-config-input-tested');
    await expect.poll(() => tested.textContent(), soon).toMatch(/refused|password/);

    await page.locator('#node-config-input-password').fill(password);
    await page.locator('#node-config-input-test').click();
    await expect.poll(() => tested.textContent(), soon).toMatch(/answers: AMT 12\.0.*, its power is off/);
    expect(await tested.textContent()).toMatch(/([0-9A-F]{2}:){31}[0-9A-F]{2}/);
    await page.locator('#node-config-input-trust').click();
    await picture(editor, 'machine');
    await editor.add();
    await page.locator('#node-input-action').selectOption('on');
    await page.locator('#node-input-wait').check();
    await editor.done();

    await editor.deploy();
    await editor.press(inject);
    await expect.poll(() => pc.firmware.state.power, soon).toBe('on');
    await expect.poll(() => power.locator('.red-ui-flow-node-status-label').textContent(), soon).toContain('on');
    await picture(editor, 'flow');

    const { flows } = (await (await nodeRed.admin('/flows')).json()) as { readonly flows: readonly FlowNode[] };
    const one = (type: string) => flows.find((each) => each.type === type);
    const machine = one('amt-machine');
    expect(one('inject')?.wires).toEqual([[one('amt-power')?.id]]);
    expect(one('amt-power')).toMatchObject({
      action: 'on',
      wait: true,
      machine: machine?.id,
      wires: [[one('debug')?.id]],
    });
    expect(machine).toMatchObject({
      source: 'host',
      tls: 'on',
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}/),
    });
    expect(JSON.stringify(flows)).not.toContain(password);
    expect(editor.complaints).toEqual([]);
    expect(nodeRed.complaints).toEqual([]);
  });
});
