/** The editor of Node-RED in a browser, moved by mouse and keyboard as a person moves it. */
import type { Browser, Locator, Page } from 'playwright-core';
import type { NodeRed } from './node-red.ts';

/** One tab of a browser with the editor in it. */
export class NodeRedEditor implements AsyncDisposable {
  readonly page: Page;
  /** What the page complained of. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${message.text()} ${message.location().url}`);
    });
  }

  static async open(browser: Browser, nodeRed: NodeRed, locale = 'en-US'): Promise<NodeRedEditor> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale });
    const editor = new NodeRedEditor(page);
    await page.goto(nodeRed.url);
    await page.locator('#red-ui-palette-container .red-ui-palette-node').first().waitFor();
    await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
    return editor;
  }

  /** Types of nodes in a category of the palette, from top to bottom. */
  async palette(category: string): Promise<string[]> {
    const nodes = this.page.locator(`#red-ui-palette-container-${category} .red-ui-palette-node`);
    return await nodes.evaluateAll((all) =>
      all.map((each) => (each as { getAttribute(name: string): string }).getAttribute('data-palette-type')),
    );
  }

  /** Drags a node of the palette onto the flow, there, and returns it. */
  async drag(type: string, x: number, y: number): Promise<Locator> {
    const nodes = this.page.locator('#red-ui-workspace-chart g.red-ui-flow-node-group');
    const before = await nodes.count();
    const from = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await from.scrollIntoViewIfNeeded();
    const start = await middleOf(from);
    const chart = await boxOf(this.page.locator('#red-ui-workspace-chart'));
    const { mouse } = this.page;
    await mouse.move(start.x, start.y);
    await mouse.down();
    await mouse.move(start.x + 20, start.y + 5, { steps: 4 });
    await mouse.move(chart.x + x, chart.y + y, { steps: 12 });
    await mouse.up();
    const made = nodes.nth(before);
    await made.waitFor();
    const id = await made.getAttribute('id');
    return this.page.locator(`[id="${id}"]`);
  }

  /** Draws a wire. */
  async wire(from: Locator, to: Locator, output = 0): Promise<void> {
    const start = await middleOf(from.locator('.red-ui-flow-port-output .red-ui-flow-port').nth(output));
    const end = await middleOf(to.locator('.red-ui-flow-port-input .red-ui-flow-port'));
    const { mouse } = this.page;
    await mouse.move(start.x, start.y);
    await mouse.down();
    await mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 6 });
    await mouse.move(end.x, end.y, { steps: 6 });
    await mouse.up();
  }

  /** Opens the dialog of a node. */
  async edit(node: Locator): Promise<Locator> {
    await node.locator('.red-ui-flow-node').first().dblclick();
    const dialog = this.page.locator('.red-ui-editor').last();
    await this.page.locator('#node-dialog-ok').waitFor();
    await this.settled();
    return dialog;
  }

  /** Closes the dialog of a node, keeping what was entered. */
  async done(): Promise<void> {
    await this.page.locator('#node-dialog-ok').click();
    await this.page.locator('#node-dialog-ok').waitFor({ state: 'detached' });
  }

  /** Closes the dialog of a configuration node, keeping what was entered. */
  async add(): Promise<void> {
    await this.page.locator('#node-config-dialog-ok').click();
    await this.page.locator('#node-config-dialog-ok').waitFor({ state: 'detached' });
    await this.settled();
  }

  /** Takes a flow of the import menu, found there by the names of its folders and its own. It becomes a tab. */
  async importExample(...path: readonly string[]): Promise<void> {
    const tabs = this.page.locator('#red-ui-workspace-tabs .red-ui-tab');
    const before = await tabs.count();
    await this.page.evaluate(`RED.actions.invoke('core:show-examples-import-dialog')`);
    const tree = this.page.locator('#red-ui-clipboard-dialog-import-tab-examples');
    const ok = this.page.locator('#red-ui-clipboard-dialog-ok');
    const choose = async (name: string) => {
      const label = tree.locator('.red-ui-treeList-label', { has: this.page.getByText(name, { exact: true }) });
      await label.last().dispatchEvent('click');
      await this.settled();
    };
    for (const name of path) await choose(name);
    // The list chooses its first line by itself, some time after it is there.
    while (await ok.isVisible()) {
      await choose(path.at(-1) ?? '');
      await ok.click({ timeout: 1_000 }).catch(() => {});
    }
    await ok.waitFor({ state: 'hidden' });
    // The flow comes from the server after that.
    await tabs.nth(before).waitFor();
    await this.settled();
  }

  async deploy(): Promise<void> {
    const taken = this.page.waitForResponse(
      (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
    );
    await this.page.locator('#red-ui-header-button-deploy').click();
    const response = await taken;
    if (!response.ok()) throw new Error(`The flows were not taken: ${response.status()}`);
    await this.page.locator('#red-ui-header-button-deploy.disabled').waitFor();
  }

  /** Presses the button at a node, such as that of an inject node. */
  async press(node: Locator): Promise<void> {
    await node.locator('.red-ui-flow-node-button-button').click();
  }

  /** Dialogs slide in; until they stand still, a click misses. */
  async settled(): Promise<void> {
    await this.page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))');
    await this.page.waitForFunction('$(":animated").length === 0');
  }

  /** A picture of the editor, or of the dialog in front: no notices and tips in it, the flow and our palette lie at the top. */
  async picture(path: string, of: 'window' | 'dialog'): Promise<void> {
    await this.settled();
    await this.page.evaluate(`
      document.querySelectorAll('#red-ui-notifications > *, .red-ui-help-tips').forEach((each) => each.remove());
      document.querySelector('#red-ui-workspace-chart').scrollTo(0, 0);
      const palette = document.querySelector('#red-ui-palette-container');
      const ours = document.querySelector('#red-ui-palette-container-AMT');
      palette.scrollTop += ours.getBoundingClientRect().top - palette.getBoundingClientRect().top;
    `);
    await this.page.mouse.move(0, 0);
    const shown = of === 'dialog' ? this.page.locator('.red-ui-tray').last() : this.page;
    await shown.screenshot({ path, animations: 'disabled', caret: 'hide' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function boxOf(element: Locator): Promise<Box> {
  const box = await element.boundingBox();
  if (box === null) throw new Error(`${element} is not to be seen.`);
  return box;
}

async function middleOf(element: Locator): Promise<{ readonly x: number; readonly y: number }> {
  const { x, y, width, height } = await boxOf(element);
  return { x: x + width / 2, y: y + height / 2 };
}
