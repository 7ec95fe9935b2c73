/**
 * The thread of one plugin. It loads the plugin, says what it is, and calls its hooks when it is told to. What the plugin
 * sees of the fleet is a copy that is kept up to date.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FleetMachine } from '../changes.ts';
import { hookNames, type Plugin, type PluginContext, type PluginDispose, type PluginMqtt } from '../plugin.ts';
import { backInHook, presentHook } from './causes.ts';
import { importPlugin } from './import.ts';
import { checkOptions } from './options.ts';
import {
  type CheckedOptions,
  type FromWorker,
  type MirroredMachine,
  type MirroredMqtt,
  plainError,
  type ToWorker,
  thrown,
} from './worker-messages.ts';

const { url, use } = workerData as { readonly url: string; readonly use: string };
const port = parentPort;
if (port === null) throw new Error('This is the thread of a plugin, and nothing else.');
const post = (message: FromWorker): void => port.postMessage(message);

const machines = new Map<string, FleetMachine>();
const stop = new AbortController();
/** Actions that were asked for and are not answered yet. */
const running = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let asked = 0;
let options: unknown;
let context: PluginContext | undefined;
let connected = false;
let dispose: PluginDispose | undefined;

const plugin = await importPlugin(url, use, (text) => new Error(text)).catch((error: Error) => {
  post({ type: 'wrong', text: error.message });
  return undefined;
});
if (plugin !== undefined) {
  const hooks = hookNames.filter((hook) => plugin[hook] !== undefined);
  port.on('message', (message: ToWorker) => take(plugin, message));
  post({ type: 'described', name: plugin.name, hooks, timeLimits: plugin.timeLimits });
}

function take(plugin: Plugin, message: ToWorker): void {
  switch (message.type) {
    case 'check':
      answering(message.id, () => check(plugin, message.given));
      return;
    case 'setup':
      answering(message.id, async () => {
        context = contextOf(plugin, message);
        const undo = await plugin.setup?.(context, options);
        if (typeof undo === 'function') dispose = undo;
      });
      return;
    case 'call': {
      const { hook, event, present } = message;
      const called = plugin[hook] as (this: Plugin, event: unknown, context: unknown) => unknown;
      answering(message.id, () => backInHook(present, () => called.call(plugin, event, context)));
      return;
    }
    case 'stop':
      answering(message.id, async () => await dispose?.());
      return;
    case 'abort':
      stop.abort(new Error(`The plugin ${plugin.name} is stopped.`));
      return;
    case 'machine':
      if (message.machine === undefined) machines.delete(message.name);
      else machines.set(message.name, mirrored(message.machine));
      return;
    case 'value':
      return void (machines.get(message.name)?.values as Map<string, unknown> | undefined)?.set(
        message.id,
        message.value,
      );
    case 'connected':
      connected = message.connected;
      return;
    case 'ping':
      post({ type: 'pong' });
      return;
    case 'answer': {
      const waiting = running.get(message.id);
      running.delete(message.id);
      if (message.error !== undefined) waiting?.reject(thrown(message.error));
      else waiting?.resolve(message.value);
    }
  }
}

/** Does something and says what came of it. */
function answering(id: number, work: () => unknown): void {
  const fail = (error: unknown): void => post({ type: 'answer', id, error: plainError(error) });
  try {
    Promise.resolve(work())
      .then((value) => post({ type: 'answer', id, value }))
      .catch(fail);
  } catch (error) {
    fail(error);
  }
}

async function check(plugin: Plugin, given: unknown): Promise<CheckedOptions> {
  const result = await checkOptions(plugin, given);
  if (result.issues === undefined) {
    options = result.value;
    return { issues: undefined };
  }
  const plain = result.issues.map(({ message, path = [] }) => ({
    message,
    path: path
      .map((part) => (typeof part === 'object' ? part.key : part))
      .map((key) => (typeof key === 'number' ? key : String(key))),
  }));
  return { issues: plain };
}

function contextOf(plugin: Plugin, { surface, mqtt }: Extract<ToWorker, { type: 'setup' }>): PluginContext {
  return {
    plugin: plugin.name,
    surface,
    options,
    machines,
    signal: stop.signal,
    mqtt: mqttOf(mqtt),
    log: (line) => post({ type: 'log', line }),
    addCapability: ({ id }) => {
      throw new TypeError(`${id} cannot be added in a worker, which has hooks only; with isolation: inline it can.`);
    },
    run: (machine, capability, input, { signal, ...options } = {}) =>
      new Promise((resolve, reject) => {
        const id = ++asked;
        running.set(id, { resolve: resolve as (value: unknown) => void, reject });
        post({ type: 'run', id, machine, capability, input, options, present: presentHook() });
        const cancel = (): void => post({ type: 'cancel', id });
        if (signal?.aborted) cancel();
        else signal?.addEventListener('abort', cancel, { once: true });
      }),
  };
}

function mqttOf(mqtt: MirroredMqtt): PluginMqtt | undefined {
  if (mqtt === undefined) return undefined;
  const refuse = (): never => {
    throw new TypeError('A plugin in a worker can publish, and nothing else of MQTT; with isolation: inline it can.');
  };
  connected = mqtt.connected;
  return {
    base: mqtt.base,
    get connected() {
      return connected;
    },
    publish: (message) => post({ type: 'publish', message }),
    subscribe: refuse,
    announce: refuse,
    retains: refuse,
    prepare: refuse,
  };
}

/** As inline plugins see it, but that errors have lost their class. */
function mirrored({ error, ...machine }: MirroredMachine): FleetMachine {
  return { ...machine, ...(error === undefined ? {} : { error: thrown(error) as FleetMachine['error'] }) };
}
