/** A Node-RED in the hand of a test: nodes are made, given messages and closed; what they say is kept. */
import type {
  AdminRequest,
  AdminResponse,
  Done,
  FlowsEvent,
  Message,
  NodeConfig,
  NodeStatus,
  Red,
  RedNode,
  Send,
} from '../red.ts';

/** What came of one message. */
export interface Handled {
  readonly sent: readonly unknown[];
  readonly error: (Error & { readonly code?: string }) | undefined;
}

/** A node of the test. */
export class TestNode implements RedNode {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  credentials: Readonly<Record<string, string | undefined>> = {};
  readonly sent: unknown[] = [];
  readonly statuses: NodeStatus[] = [];
  readonly lines: string[] = [];
  #input: ((msg: Message, send: Send, done: Done) => void) | undefined;
  readonly #closes: ((removed: boolean, done: () => void) => void)[] = [];

  constructor({ id, type, name = '' }: NodeConfig) {
    this.id = id;
    this.type = type;
    this.name = name;
  }

  on(event: 'input' | 'close', handle: never): void {
    if (event === 'input') this.#input = handle;
    else this.#closes.push(handle);
  }

  context = () => ({
    get: (_name: string, got: (error: null, value: unknown) => void) => got(null, undefined),
    set: (_name: string, _value: unknown, done: () => void) => done(),
  });
  send: Send = (messages) => void this.sent.push(messages);
  status = (status: NodeStatus): void => void this.statuses.push(status);
  log = (line: string): void => void this.lines.push(`log ${line}`);
  warn = (line: string): void => void this.lines.push(`warn ${line}`);
  error = (line: string | Error): void => void this.lines.push(`error ${line instanceof Error ? line.message : line}`);

  /** Gives it a message, and waits until it is done with it. */
  receive(msg: Message = {}): Promise<Handled> {
    const sent: unknown[] = [];
    return new Promise((resolve) => {
      this.#input?.(
        msg,
        (messages) => void sent.push(messages),
        (error) => resolve({ sent, error }),
      );
    });
  }

  async close(removed = false): Promise<void> {
    await Promise.all(this.#closes.map((close) => new Promise<void>((resolve) => close(removed, resolve))));
  }
}

type Constructor = (this: RedNode, config: NodeConfig) => void;
type Route = (request: AdminRequest, response: AdminResponse) => void;

/** The runtime of the test. */
export class TestRed implements Red {
  readonly made = new Map<string, TestNode>();
  readonly routes = new Map<string, Route>();
  readonly permissions = new Map<string, unknown>();
  readonly #types = new Map<string, Constructor>();
  readonly #hears: { readonly event: string; readonly handle: (event: FlowsEvent) => void }[] = [];

  /** Makes a node of a registered type. */
  create(config: NodeConfig & Readonly<Record<string, unknown>>, credentials: TestNode['credentials'] = {}): TestNode {
    const make = this.#types.get(config.type);
    if (make === undefined) throw new TypeError(`${config.type} is not registered.`);
    const node = new TestNode(config);
    node.credentials = credentials;
    this.made.set(config.id, node);
    make.call(node, config);
    return node;
  }

  /** Puts a node there that something else made. */
  put(node: TestNode): TestNode {
    this.made.set(node.id, node);
    return node;
  }

  emit(event: 'flows:starting' | 'flows:started' | 'flows:stopping', config: unknown): void {
    for (const each of this.#hears) if (each.event === event) each.handle({ config });
  }

  /** Asks a route of the editor's server. */
  ask(
    method: 'get' | 'post',
    path: string,
    request: Partial<AdminRequest> = {},
  ): Promise<{ code: number; value: unknown }> {
    return new Promise((resolve, reject) => {
      const route = this.routes.get(`${method} ${path}`);
      if (route === undefined) return reject(new TypeError(`There is no route ${path}.`));
      let code = 200;
      const response: AdminResponse = {
        status: (given) => {
          code = given;
          return response;
        },
        json: (value) => resolve({ code, value }),
      };
      route({ query: {}, params: {}, body: undefined, ...request }, response);
    });
  }

  readonly nodes: Red['nodes'] = {
    createNode: () => {},
    registerType: (type, make) => void this.#types.set(type, make as unknown as Constructor),
    getNode: (id) => this.made.get(id),
    getCredentials: (id) => this.made.get(id)?.credentials,
  };
  readonly util: Red['util'] = {
    cloneMessage: (msg) => structuredClone(msg),
    getMessageProperty: (msg, path) =>
      path.split('.').reduce<unknown>((value, key) => (value as Message | undefined)?.[key], msg),
    evaluateNodeProperty: (value, type, _node, msg, done) => {
      if (type === 'msg') return done(null, this.util.getMessageProperty(msg, String(value)));
      if (type === 'bool') return done(null, value === 'true');
      if (type === 'num') return done(null, Number(value));
      try {
        done(null, type === 'json' ? JSON.parse(String(value)) : value);
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  };
  readonly events: Red['events'] = { on: (event, handle) => void this.#hears.push({ event, handle }) };
  readonly httpAdmin: Red['httpAdmin'] = {
    get: (path, allowed, handle) => this.#route('get', path, allowed, handle),
    post: (path, allowed, handle) => this.#route('post', path, allowed, handle),
  };
  readonly auth: Red['auth'] = { needsPermission: (permission) => permission };
  readonly log: Red['log'] = { info: () => {}, warn: () => {} };

  #route(method: string, path: string, allowed: unknown, handle: Route): void {
    this.routes.set(`${method} ${path}`, handle);
    this.permissions.set(`${method} ${path}`, allowed);
  }
}
