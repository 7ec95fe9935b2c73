/**
 * Home Assistant as far as its MQTT integration goes: it makes entities of discovery messages and takes none that break a
 * rule, follows their states through their templates, and sends what its user does.
 */
import { expect } from 'vitest';
import {
  asDevice,
  componentsOf,
  kindOf,
  problemsOf,
  stateProblems,
} from '../../packages/mqtt-bridge/src/testing/home-assistant.ts';
import { rendered } from '../../packages/mqtt-bridge/src/testing/home-assistant-templates.ts';
import { type Listener, listen } from './mqtt.ts';

/** One entity. */
export interface Entity {
  /** End of its unique id, behind the id of the device. */
  readonly key: string;
  readonly uniqueId: string;
  readonly platform: string;
  /** Name of its device. */
  readonly device: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A Home Assistant on a broker. */
export class HomeAssistant implements AsyncDisposable {
  readonly ear: Listener;
  #entities: ReadonlyMap<string, Entity> = new Map();
  #read = 0;

  private constructor(ear: Listener) {
    this.ear = ear;
  }

  static async open(url: string): Promise<HomeAssistant> {
    return new HomeAssistant(await listen(url));
  }

  /** It says that it has started. */
  async start(): Promise<void> {
    await this.ear.say('homeassistant/status', 'online');
  }

  /** All entities by unique id. @throws where a message breaks a rule */
  get entities(): ReadonlyMap<string, Entity> {
    const entities = new Map(this.#entities);
    for (const { topic, payload } of this.ear.heard.slice(this.#read)) {
      if (kindOf(topic) !== undefined) this.#discover(entities, topic, payload);
    }
    this.#read = this.ear.heard.length;
    this.#entities = entities;
    return entities;
  }

  /** An entity of a device, once it is there. */
  async entity(device: string, key: string): Promise<Entity> {
    const find = (): Entity | undefined =>
      [...this.entities.values()].find((each) => each.device === device && each.key === key);
    await expect.poll(find, { timeout: PATIENCE_MS, message: `${device} has no ${key}` }).toBeDefined();
    return find() as Entity;
  }

  /** What its state is; undefined before the first one. Buttons have none. @throws where a state breaks a rule */
  state({ config, key }: Entity): string | undefined {
    const topic = config.state_topic ?? config.image_topic;
    const message = this.ear.heard.findLast((each) => each.topic === topic);
    if (message === undefined || message.payload === '') return undefined;
    if (config.image_topic !== undefined) return message.payload;
    const state = rendered(config.value_template, message.payload);
    this.#attributes(config);
    expect(stateProblems(config, state, message.retained), `${key}: ${state}`).toEqual([]);
    return state;
  }

  /** Whether it can be used: nothing that it depends on is gone. */
  available({ config }: Entity): boolean {
    const list = config.availability as readonly { readonly topic: string; readonly payload_not_available?: string }[];
    return list.every(({ topic, payload_not_available: gone = 'offline' }) => {
      const known = this.ear.heard.findLast((each) => each.topic === topic)?.payload;
      return known !== undefined && known !== gone;
    });
  }

  /** The state, once it is as wanted. */
  async sees(entity: Entity, wanted: string | ((state: string) => boolean)): Promise<string> {
    const fits = (): string | undefined => {
      const state = this.state(entity);
      if (state === undefined) return undefined;
      return (typeof wanted === 'string' ? state === wanted : wanted(state)) ? state : undefined;
    };
    const what = `${entity.key} is ${this.state(entity)?.slice(0, 80)}, not ${wanted}`;
    await expect.poll(fits, { timeout: PATIENCE_MS, message: what }).toBeDefined();
    return fits() as string;
  }

  /** What its user does: presses a button, switches, chooses, types, sets a time. */
  async use(entity: Entity, value = ''): Promise<void> {
    const { config, platform } = entity;
    const payloads: Readonly<Record<string, unknown>> = {
      button: config.payload_press ?? 'PRESS',
      switch: value === 'ON' ? (config.payload_on ?? 'ON') : (config.payload_off ?? 'OFF'),
    };
    if (platform === 'select') expect(config.options, entity.key).toContain(value);
    const text = String(payloads[platform] ?? value);
    const template = config.command_template;
    const payload = template === undefined ? text : String(template).replace('{{ value }}', text);
    await this.ear.say(String(config.command_topic), payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ear[Symbol.asyncDispose]();
  }

  /** @throws where attributes are no JSON object */
  #attributes(config: Entity['config']): void {
    const message = this.ear.heard.findLast((each) => each.topic === config.json_attributes_topic);
    if (message === undefined || message.payload === '') return;
    expect(JSON.parse(rendered(config.json_attributes_template, message.payload))).toBeTypeOf('object');
  }

  #discover(entities: Map<string, Entity>, topic: string, payload: string): void {
    expect(problemsOf(topic, payload), topic).toEqual([]);
    const kind = kindOf(topic);
    const isOf = (entity: Entity): boolean => entity.config.discovery_topic === topic;
    if (payload === '') {
      for (const entity of entities.values()) if (isOf(entity)) entities.delete(entity.uniqueId);
      return;
    }
    const message = JSON.parse(payload) as { device: { name: string; identifiers: string[] } };
    const whole = kind === 'device' ? payload : JSON.stringify(asDevice(kind, message as never));
    const [identifier = ''] = message.device.identifiers;
    for (const [key, config] of Object.entries(componentsOf(whole))) {
      const uniqueId = String(config.unique_id);
      if (config.unique_id === undefined) {
        // It is taken away, by its key and its platform.
        for (const entity of entities.values()) {
          if (isOf(entity) && entity.key === key && entity.platform === config.platform)
            entities.delete(entity.uniqueId);
        }
        continue;
      }
      entities.set(uniqueId, {
        key: uniqueId.slice(identifier.replace(/^amtkit_(?!bridge_)/, '').length + 1),
        uniqueId,
        platform: String(config.platform),
        device: message.device.name,
        config: { ...config, discovery_topic: topic },
      });
    }
  }
}

/** How long a person looks at a dashboard. */
const PATIENCE_MS = 10_000;
