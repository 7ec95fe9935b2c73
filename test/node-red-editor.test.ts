/** A person builds a flow: the editor of Node-RED in Chromium, with our palette, in front of a virtual PC. */
import { mkdir, readdir } from 'node:fs/promises';
import { needs } from '@amtkit/core/testing';
import { createSimulator, type Simulator } from '@amtkit/simulator';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './support/chromium.ts';
import { type FlowNode, NodeRed, nodeRedVersions } from './support/node-red.ts';
import { NodeRedEditor } from './support/node-red-editor.ts';
import { Lab } from './support/node-red-lab.ts';
import { password } from './support/scenario.ts';

const soon = { timeout: 20_000 };
/** Processes start slowly where many things run at once. */
const patience = { timeout: 120_000 };

/** Where pictures of the editor go; `npm run pictures` makes those of the documents with it. */
const pictures = process.env.AMTKIT_PICTURES;

/** The flows of the import menu, by their folders. */
const examples = new URL('../packages/node-red-nodes/examples/', import.meta.url);

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

  /** A picture for the documents, which show Node-RED 5. */
  async function picture(editor: NodeRedEditor, name: string, of: 'window' | 'dialog'): Promise<void> {
    if (pictures !== undefined && version === 'node-red-5') await editor.picture(`${pictures}/${name}.png`, of);
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

    const inject = await editor.drag('inject', 160, 80);
    const power = await editor.drag('amt-power', 360, 80);
    const debug = await editor.drag('debug', 560, 80);
    await editor.wire(inject, power);
    await editor.wire(power, debug);

    await editor.edit(power);
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
    await picture(editor, 'machine', 'dialog');
    await editor.add();
    await page.locator('#node-input-action').selectOption('on');
    await page.locator('#node-input-wait').check();
    await editor.done();

    await editor.deploy();
    await editor.press(inject);
    await expect.poll(() => pc.firmware.state.power, soon).toBe('on');
    await expect.poll(() => power.locator('.red-ui-flow-node-status-label').textContent(), soon).toContain('on');
    await picture(editor, 'flow', 'window');

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

  it('takes every flow of the import menu, with nothing left to be filled in', patience, async () => {
    await using there = await Lab.open(version, { pcs: { 'office-pc': {} } });
    await using editor = await NodeRedEditor.open(browser, there.nodeRed);
    const { page } = editor;
    const files = (await readdir(examples, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
    for (const file of files) {
      await editor.importExample('@amtkit/node-red-amt', ...file.slice(0, -'.json'.length).split('/'));
    }
    const unfinished = await page.evaluate(`
      const found = [];
      RED.nodes.eachNode((node) => { if (node.type === 'unknown' || !node.valid) found.push([node.type, node.validationErrors]); });
      RED.nodes.eachConfig((node) => { if (node.type === 'unknown' || !node.valid) found.push([node.type, node.validationErrors]); });
      found;
    `);
    expect(unfinished).toEqual([]);
    const tabs = await page.locator('#red-ui-workspace-tabs .red-ui-tab-label').allTextContents();
    expect(tabs.map((tab) => tab.trim())).toEqual(
      expect.arrayContaining(['Reimage on trigger', 'Wake before work', 'Screen to a webhook on failure']),
    );
    expect(tabs.length).toBeGreaterThan(files.length);
    expect(editor.complaints).toEqual([]);

    await page.locator('#red-ui-workspace-tabs').getByText('Reimage on trigger').click();
    await page.evaluate(`RED.actions.invoke('core:toggle-sidebar')`);
    await picture(editor, 'reimage', 'window');
  });
});
