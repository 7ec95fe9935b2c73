/** The part of Node-RED that these nodes use. Its own types are other people's, large, and not installed with it. */

/** What flows along a wire. */
export interface Message {
  [property: string]: unknown;
}

/** What the editor saved of a node, and Node-RED hands to its constructor. */
export interface NodeConfig {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
}

/** What is shown below a node; an empty one shows nothing. */
export interface NodeStatus {
  readonly fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
  readonly shape?: 'ring' | 'dot';
  readonly text?: string;
}

/** Passes messages on: one, or one for each output. */
export type Send = (messages: Message | readonly (Message | null)[]) => void;

/** Says that a message was dealt with, or why not: Catch and Complete nodes listen. */
export type Done = (error?: Error) => void;

/** A node of a running flow. */
export interface RedNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly credentials?: Readonly<Record<string, string | undefined>>;
  on(event: 'input', handle: (msg: Message, send: Send, done: Done) => void): void;
  /** `removed`: it is not part of the flow any more. Node-RED waits for `done`, 15 seconds at most. */
  on(event: 'close', handle: (removed: boolean, done: () => void) => void): void;
  send: Send;
  status(status: NodeStatus): void;
  /** Values that outlive the node; where the store of the settings is on disk, also the process. */
  context(): Context;
  log(line: string): void;
  warn(line: string): void;
  error(line: string | Error, msg?: Message): void;
}

/** Values of a node by name. */
export interface Context {
  get(name: string, got: (error: Error | null | undefined, value: unknown) => void): void;
  set(name: string, value: unknown, done: (error?: Error | null) => void): void;
}

/** A node constructor, called with `new`. */
export type NodeConstructor<Config extends NodeConfig> = (this: RedNode, config: Config) => void;

/** A request to the editor's own server, after its log-in. */
export interface AdminRequest {
  readonly query: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The answer to it. */
export interface AdminResponse {
  status(code: number): AdminResponse;
  json(value: unknown): void;
}

type AdminRoute = (
  path: string,
  allowed: unknown,
  handle: (request: AdminRequest, response: AdminResponse) => void,
) => void;

/** Told while flows are stopped and started; `config` is what they are made from. */
export interface FlowsEvent {
  readonly config: unknown;
}

/** What Node-RED hands to the function that a node file exports. */
export interface Red {
  readonly nodes: {
    createNode(node: RedNode, config: NodeConfig): void;
    registerType<Config extends NodeConfig>(
      type: string,
      make: NodeConstructor<Config>,
      options?: { readonly credentials?: Readonly<Record<string, { readonly type: 'text' | 'password' }>> },
    ): void;
    getNode(id: string): RedNode | null | undefined;
    getCredentials(id: string): Readonly<Record<string, string | undefined>> | undefined;
  };
  readonly util: {
    cloneMessage(msg: Message): Message;
    getMessageProperty(msg: Message, path: string): unknown;
    evaluateNodeProperty(
      value: unknown,
      type: string,
      node: RedNode,
      msg: Message,
      done: (error: Error | null | undefined, value: unknown) => void,
    ): void;
  };
  readonly events: {
    on(event: 'flows:starting' | 'flows:started' | 'flows:stopping', handle: (event: FlowsEvent) => void): void;
  };
  readonly httpAdmin: { readonly get: AdminRoute; readonly post: AdminRoute };
  readonly auth: { needsPermission(permission: string): unknown };
  readonly log: { info(line: string): void; warn(line: string): void };
}
