/** Every topic of the bridge, written once. Publishers and subscribers ask here; nobody else puts slashes together. */

/** Topics below one base, as one bridge sees them. `m` is a machine's name, `path` a capability's `area/name`. */
export interface Topics {
  readonly base: string;
  /** `online` or `offline`; the connection's last will. Retained. */
  readonly bridgeState: string;
  /** JSON about the bridge. Retained. */
  readonly bridgeInfo: string;
  /** JSON: the machines that the bridge could look after. Retained. */
  readonly bridgeMachines: string;
  /** Filters of the states and the machines of all bridges. */
  readonly bridgeFilters: readonly string[];
  /** Filter of what came of every command for a machine, whoever has carried it out. */
  readonly resultFilter: string;
  /** A topic of the bridge of this id. */
  ofBridge(id: string, path: string): string;
  /** The bridge that a topic belongs to, and the path below it. */
  bridgeIn(topic: string): { readonly id: string; readonly path: string } | undefined;
  /** Answers to a request for `verb`. */
  response(verb: string): string;
  /** Below it the verbs that may be asked of the bridge. */
  readonly request: string;
  /** Whether the firmware answers: `online` or `offline`. Retained. */
  availability(m: string): string;
  /** JSON: why a machine does not answer, and its round trip. Retained. */
  health(m: string): string;
  /** One reading or setting. Retained. */
  value(m: string, path: string): string;
  /** Changes a setting. */
  set(m: string, path: string): string;
  /** Runs an action. */
  do(m: string, path: string): string;
  /** JSON: what came of every command. */
  result(m: string): string;
  /** JSON: what happened, as it happens. */
  event(m: string): string;
  /** PNG: what the screen shows, when somebody asked. */
  screenImage(m: string): string;
  /** Filters that every command for a machine matches. */
  readonly commandFilters: readonly string[];
  /** Filter that every request to this bridge matches. */
  readonly requestFilter: string;
  /** What a topic asks for, or undefined when it asks for nothing. */
  parse(topic: string): Asked | undefined;
}

/** What a message asks for, by its topic. */
export type Asked =
  | { readonly kind: 'set' | 'do'; readonly machine: string; readonly id: string }
  | { readonly kind: 'request'; readonly verb: string };

/** Payload of availability topics. */
export const ONLINE = 'online';
/** Payload of availability topics. */
export const OFFLINE = 'offline';

/** Topics of the bridge `id` below `base`. */
export function topicsOf(base: string, id: string): Topics {
  const bridge = `${base}/bridge/${id}`;
  return {
    base,
    bridgeState: `${bridge}/state`,
    bridgeInfo: `${bridge}/info`,
    bridgeMachines: `${bridge}/machines`,
    bridgeFilters: [`${base}/bridge/+/state`, `${base}/bridge/+/machines`],
    resultFilter: `${base}/+/result`,
    ofBridge: (other, path) => `${base}/bridge/${other}/${path}`,
    bridgeIn(topic) {
      if (!topic.startsWith(`${base}/bridge/`)) return undefined;
      const [other = '', ...path] = topic.slice(base.length + '/bridge/'.length).split('/');
      return { id: other, path: path.join('/') };
    },
    request: `${bridge}/request`,
    response: (verb) => `${bridge}/response/${verb}`,
    availability: (m) => `${base}/${m}/availability`,
    health: (m) => `${base}/${m}/health`,
    value: (m, path) => `${base}/${m}/${path}`,
    set: (m, path) => `${base}/${m}/${path}/set`,
    do: (m, path) => `${base}/${m}/do/${path}`,
    result: (m) => `${base}/${m}/result`,
    event: (m) => `${base}/${m}/event`,
    screenImage: (m) => `${base}/${m}/screen/image`,
    commandFilters: [`${base}/+/+/+/set`, `${base}/+/do/+/+`],
    requestFilter: `${bridge}/request/#`,
    parse(topic) {
      if (!topic.startsWith(`${base}/`)) return undefined;
      const [machine = '', ...rest] = topic.slice(base.length + 1).split('/');
      if (machine === 'bridge') {
        const [bridgeId, request, ...verb] = rest;
        return bridgeId === id && request === 'request' ? { kind: 'request', verb: verb.join('/') } : undefined;
      }
      const [first = '', second = '', third = '', ...more] = rest;
      if (third === '' || more.length > 0) return undefined;
      if (first === 'do') return { kind: 'do', machine, id: `${second}.${third}` };
      return third === 'set' ? { kind: 'set', machine, id: `${first}.${second}` } : undefined;
    },
  };
}

/** `area.name` as two levels of a topic. */
export function pathOf(id: string): string {
  return id.replace('.', '/');
}

/** Whether a topic, of whichever bridge, makes something happen. Answers and states never go there. */
export function isCommandTopic(base: string, topic: string): boolean {
  if (!topic.startsWith(`${base}/`)) return false;
  const levels = topic.slice(base.length + 1).split('/');
  if (levels[0] === 'bridge') return levels[2] === 'request';
  return levels.length === 4 && (levels[1] === 'do' || levels[3] === 'set');
}

/** The machine a topic is about; undefined for topics of bridges and of others. */
export function machineIn(base: string, topic: string): string | undefined {
  if (!topic.startsWith(`${base}/`)) return undefined;
  const [machine = '', ...rest] = topic.slice(base.length + 1).split('/');
  return machine === '' || machine === 'bridge' || rest.length === 0 ? undefined : machine;
}

/** Whether a filter, with `+` and `#`, matches a topic. [MQTT 3.1.1 §4.7] */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  if (topic.startsWith('$') && !filter.startsWith('$')) return false;
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
