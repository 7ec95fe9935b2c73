/** The page about Home Assistant: its examples name entities that are there, and its blueprint does what it says. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBridge } from '@amtkit/mqtt-bridge';
import { createSimulator, type MemoryPc } from '@amtkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bookOf } from './support/book.ts';
import { type Entity, HomeAssistant } from './support/home-assistant.ts';
import { everything, filled, Input, type Mapping, readBlueprint, yamlBlocks } from './support/home-assistant-yaml.ts';
import { installedSum, installerCd, pretendPc } from './support/installer.ts';
import { password } from './support/scenario.ts';

vi.setConfig({ testTimeout: 60_000 });

const soon = {
  pollMs: 60,
  transitionPollMs: 30,
  busyRetryMs: 20,
  grace: { hardMs: 5000, softMs: 5000, settleMs: 50 },
  desk: {
    showMs: 20,
    media: { firstRetryMs: 20, longestRetryMs: 100 },
    reimage: { tickMs: 20, pollMs: 60, idleMs: 200, firstRetryMs: 20, longestRetryMs: 100 },
  },
};
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function house(): Promise<{ ha: HomeAssistant; pc: MemoryPc }> {
  const folder = await mkdtemp(join(tmpdir(), 'amtkit-test-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  await writeFile(join(folder, 'debian.iso'), installerCd());
  await writeFile(join(folder, 'broken.iso'), 'no image at all');
  const pc = pretendPc();
  const simulator = await createSimulator({ speed: 0, password, hardware: pc });
  opened.push(simulator);
  const media = { debian: { path: join(folder, 'debian.iso') }, broken: { path: join(folder, 'broken.iso') } };
  const shelf = await bookOf(
    { 'office-pc': simulator },
    { media, bridge: { broker: { embedded: { port: 0 } }, permit: 'window' } },
  );
  opened.push(shelf);
  const bridge = await createBridge({ book: shelf.book, fleetOptions: { patience: soon, timeoutMs: 5000 } });
  opened.push(bridge);
  const ha = await HomeAssistant.open(bridge.brokerUrl);
  opened.push(ha);
  await ha.entity('office-pc', 'alarm_wake');
  await ha.sees(await ha.entity('office-pc', 'power_switch'), 'OFF');
  return { ha, pc };
}

/** Ids of entities, as Home Assistant makes them of names when it sees an entity for the first time. */
function idsOf(entities: Iterable<Entity>): Map<string, Entity> {
  const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  return new Map(
    [...entities].map((entity) => {
      const { name } = entity.config;
      const words = name === null ? entity.device : `${entity.device} ${name}`;
      return [`${entity.platform}.${slug(words)}`, entity];
    }),
  );
}

describe('Examples for Home Assistant', () => {
  it('name entities that are there, states that these can have, and actions that they know', async () => {
    const { ha } = await house();
    const ids = idsOf(ha.entities.values());
    const blocks = yamlBlocks('home-assistant.md');
    const named = new Set(JSON.stringify(blocks).match(/\b[a-z_]+\.office_pc\w*/g));
    expect(named.size).toBeGreaterThan(12);
    expect([...named].filter((id) => !ids.has(id))).toEqual([]);
    for (const part of blocks.flatMap((block) => [...everything(block)])) {
      const { entity, state, action, perform_action: performed, target } = (part ?? {}) as Mapping;
      if (Array.isArray(state)) {
        for (const each of state) expect(ids.get(String(entity))?.config.options).toContain(each);
      }
      const called = performed ?? action;
      if (typeof called === 'string' && target !== undefined) {
        for (const id of [(target as Mapping).entity_id].flat())
          expect(called.split('.')[0]).toBe(String(id).split('.')[0]);
      }
    }
  });
});

describe('The page about Home Assistant', () => {
  it('names every entity that is not disabled', async () => {
    const { ha } = await house();
    const page = readFileSync(new URL('../docs/home-assistant.md', import.meta.url), 'utf8');
    const table = page.slice(page.indexOf('## What a machine has'), page.indexOf('### Areas'));
    const shown = [...ha.entities.values()].filter(
      ({ device, config }) => device === 'office-pc' && config.enabled_by_default !== false,
    );
    const names = shown.flatMap(({ config }) => (typeof config.name === 'string' ? [config.name] : []));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !table.includes(name))).toEqual([]);
  });
});

describe('The blueprint for reimaging at night', () => {
  const blueprint = readBlueprint('blueprints/nightly-reimage.yaml');
  const { input: defined, ...about } = blueprint.blueprint as Mapping & {
    readonly input: Readonly<Record<string, Mapping>>;
  };

  it('has what Home Assistant wants of one, and uses every input that it asks for', () => {
    expect(about).toMatchObject({
      name: expect.any(String),
      description: expect.any(String),
      domain: 'automation',
      homeassistant: { min_version: expect.stringMatching(/^\d{4}\.\d+\.\d+$/) },
    });
    const used = [...everything(blueprint)].flatMap((each) => (each instanceof Input ? [each.name] : []));
    expect(new Set(used)).toEqual(new Set(Object.keys(defined)));
    for (const [name, { selector }] of Object.entries(defined)) {
      expect(Object.keys(selector as Mapping), name).toHaveLength(1);
    }
    expect(blueprint).toMatchObject({ mode: 'single', triggers: [{ trigger: 'time' }] });
  });

  it('asks for entities of the kinds that the bridge makes', async () => {
    const { ha } = await house();
    for (const [name, entity] of Object.entries(await inputsOf(ha))) {
      if (!(entity instanceof Object) || !('platform' in entity)) continue;
      const { entity: wanted } = (defined[name]?.selector ?? {}) as { entity?: { filter: { domain: string }[] } };
      expect(
        wanted?.filter.map(({ domain }) => domain),
        name,
      ).toEqual([(entity as Entity).platform]);
    }
  });

  it('installs the PC and says so', async () => {
    const { ha, pc } = await house();
    expect(await night(ha, { image: 'debian' })).toEqual(['succeeded']);
    expect(pc.disk.sha256).toBe(installedSum);
  });

  it('says when it failed, and leaves the PC as it was', async () => {
    const { ha, pc } = await house();
    expect(await night(ha, { image: 'broken' })).toEqual(['failed']);
    expect(pc.disk.system).toBe('factory');
  });

  it('leaves out a night when the PC is on, unless it is told otherwise', async () => {
    const { ha } = await house();
    const power = await ha.entity('office-pc', 'power_switch');
    await ha.use(power, 'ON');
    await ha.sees(power, 'ON');
    expect(await night(ha, { image: 'debian' })).toEqual([]);
    expect(await night(ha, { image: 'debian', only_when_off: false })).toEqual(['succeeded']);
  });

  /** The entities a person chooses for it. */
  async function inputsOf(ha: HomeAssistant): Promise<Mapping> {
    const of = (key: string) => ha.entity('office-pc', key);
    return {
      power: await of('power_switch'),
      medium: await of('media_selected'),
      start: await of('reimage_start'),
      stage: await of('reimage_stage'),
      permit: [await ha.entity('AMT bridge', 'permit')],
    };
  }

  /** One night, carried out as Home Assistant would; what was run at its end. */
  async function night(ha: HomeAssistant, more: Mapping): Promise<string[]> {
    const defaults = Object.entries(defined).flatMap(([name, { default: value }]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const inputs = {
      ...Object.fromEntries(defaults),
      ...(await inputsOf(ha)),
      succeeded: [{ action: 'test.succeeded' }],
      failed: [{ action: 'test.failed' }],
      ...more,
    };
    const { conditions, actions } = filled(blueprint, inputs) as { conditions: Mapping[]; actions: Mapping[] };
    const run = new Run(ha, inputs);
    for (const condition of conditions) {
      if (condition.condition === 'template' && !run.holds(String(condition.value_template))) return [];
    }
    await run.steps(actions);
    return run.marks;
  }
});

/** Steps of an automation, of the kinds that the blueprint has. */
class Run {
  readonly marks: string[] = [];
  readonly #ha: HomeAssistant;
  readonly #inputs: Mapping;
  #waited: string | undefined;
  /** What was heard before the last action. */
  #heard = 0;

  constructor(ha: HomeAssistant, inputs: Mapping) {
    this.#ha = ha;
    this.#inputs = inputs;
  }

  /** Templates are not Jinja here: each is known, or fails the test. */
  holds(template: string): boolean {
    const { only_when_off: onlyWhenOff, power, permit } = this.#inputs;
    switch (template) {
      case "{{ not only_when_off or is_state(power, 'off') }}":
        return onlyWhenOff !== true || this.#ha.state(power as Entity) === 'OFF';
      case '{{ permit | count > 0 }}':
        return (permit as unknown[]).length > 0;
      case "{{ wait.trigger is not none and wait.trigger.id == 'finished' }}":
        return this.#waited === 'finished';
      default:
        throw new Error(`Nobody knows whether ${template} holds.`);
    }
  }

  async steps(steps: readonly Mapping[]): Promise<void> {
    for (const step of steps) await this.#step(step);
  }

  async #step(step: Mapping): Promise<void> {
    if (step.if !== undefined) {
      const holds = (step.if as Mapping[]).every(({ value_template: template }) => this.holds(String(template)));
      await this.steps(((holds ? step.then : step.else) ?? []) as Mapping[]);
    } else if (step.wait_for_trigger !== undefined) await this.#wait(step.wait_for_trigger as Mapping[]);
    else await this.#act(step);
  }

  async #act({ action, target, data }: Mapping): Promise<void> {
    const name = String(action);
    if (name.startsWith('test.')) {
      this.marks.push(name.slice('test.'.length));
      return;
    }
    const values: Mapping = {
      'switch.turn_on': 'ON',
      'select.select_option': (data as Mapping)?.option,
      'button.press': '',
    };
    expect(Object.keys(values)).toContain(name);
    this.#heard = this.#ha.ear.heard.length;
    for (const entity of [(target as Mapping).entity_id].flat() as Entity[]) {
      expect(name.split('.')[0]).toBe(entity.platform);
      await this.#ha.use(entity, String(values[name]));
    }
  }

  /** The first of them whose state becomes the one named, after the last action. */
  async #wait(triggers: readonly Mapping[]): Promise<void> {
    const from = this.#heard;
    const happened = (): Mapping | undefined =>
      triggers.find(({ entity_id: entity, to }) =>
        this.#ha.ear.heard
          .slice(from)
          .some(({ topic, payload }) => topic === (entity as Entity).config.state_topic && payload === to),
      );
    await expect.poll(happened, { timeout: 30_000 }).toBeDefined();
    this.#waited = String(happened()?.id);
  }
}
