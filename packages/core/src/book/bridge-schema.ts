/** The part of the book that is about MQTT: `bridge`. Everything has a default. */
import { z } from 'zod';
import { isLoopback } from './hosts.ts';
import { mapping, secret, switchOff, topic } from './terms.ts';

/** What MQTT clients of the embedded broker may do. Filters are MQTT topic filters, with `+` and `#`. */
const brokerUser = mapping({
  password: secret,
  /** What they may publish. @default everything */
  publish: z.array(z.string().min(1)).default(['#']),
  /** What they may subscribe to. @default everything */
  subscribe: z.array(z.string().min(1)).default(['#']),
});

const embedded = mapping({
  /** Address to listen on. */
  listen: z.string().min(1).default('127.0.0.1'),
  /** 0 asks the system for a free one. */
  port: z.int().min(0).max(65_535).default(1883),
  /** By user name. Without any, everybody who reaches the port may do everything. */
  users: z.record(z.string().min(1), brokerUser).default({}),
}).superRefine(({ listen, users }, context) => {
  if (isLoopback(listen) || Object.keys(users).length > 0) return;
  const message = 'is missing: a broker that others can reach needs users, since it can switch machines off';
  context.addIssue({ code: 'custom', path: ['users'], message });
});

const brokerUrl = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (url === null || !/^(mqtts?|wss?):$/.test(url.protocol) || url.hostname === '') {
    context.addIssue({ code: 'custom', message: 'must be a URL such as mqtt://broker:1883, mqtts:, ws: or wss:' });
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: 'holds a user or password: these stand under keys of their own' });
  }
});

const external = {
  url: brokerUrl,
  user: z.exactOptional(z.string().min(1)),
  password: z.exactOptional(secret),
  /** Files in PEM. */
  ca: z.exactOptional(z.string().min(1)),
  cert: z.exactOptional(z.string().min(1)),
  key: z.exactOptional(z.string().min(1)),
  /** `false` accepts any certificate. */
  rejectUnauthorized: z.boolean().default(true),
};

/** The broker: one inside the bridge, or another one by URL. */
const broker = mapping({ ...external, url: z.exactOptional(brokerUrl), embedded: z.exactOptional(embedded) })
  .superRefine((value, context) => {
    if (value.embedded === undefined) {
      if (value.url === undefined) context.addIssue({ code: 'custom', message: 'needs url, or embedded' });
      return;
    }
    for (const key of ['url', 'user', 'password', 'ca', 'cert', 'key'] as const) {
      if (value[key] === undefined) continue;
      const message = 'belongs to a broker with a url; this one is embedded';
      context.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .transform(({ embedded, ...rest }) =>
    embedded === undefined
      ? { kind: 'external' as const, ...rest, url: rest.url ?? '' }
      : { kind: 'embedded' as const, ...embedded },
  );

/** The bridge between machines and MQTT. */
export const bridgeSchema = mapping({
  /** Tells bridges on one broker apart. */
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single dashes')
    .max(63)
    .default('main'),
  /** Base of all topics. */
  topic: topic.default('amtkit'),
  broker: broker.prefault({ embedded: {} }),
  homeassistant: mapping({
    enabled: z.boolean().default(true),
    /** Home Assistant's discovery prefix. */
    prefix: topic.default('homeassistant'),
    /** Where Home Assistant says that it has started. @default `<prefix>/status` */
    statusTopic: z.exactOptional(topic),
    /** Tell the hardware address, which merges the device with what routers and others know of it. */
    macs: z.boolean().default(true),
  })
    .prefault({})
    .transform((value) => ({ ...value, statusTopic: value.statusTopic ?? `${value.prefix}/status` })),
  /** How often machines are asked for their state. */
  pollSeconds: z.int().min(5).max(3600).default(30),
  /** How often a picture is taken of the screen of each PC that is on. @default only when asked for */
  screenshotSeconds: z.exactOptional(z.int().min(10).max(86_400)),
  /** When destructive actions may run. */
  permit: z.enum(['always', 'window', 'never']).default('always'),
  /** For machines that say nothing of their own. */
  switchOff: switchOff.prefault('soft-then-hard'),
  /** Where answers may be published beside the base topic, when an MQTT 5 request names a response topic. */
  responsePrefixes: z.array(topic).default([]),
});

/** Settings of the bridge, complete. */
export type BridgeSettings = z.output<typeof bridgeSchema>;

/** The embedded broker, or another one. */
export type BrokerSettings = BridgeSettings['broker'];

/** A broker that runs inside the bridge. */
export type EmbeddedBrokerSettings = Extract<BrokerSettings, { kind: 'embedded' }>;

/** A broker elsewhere. */
export type ExternalBrokerSettings = Extract<BrokerSettings, { kind: 'external' }>;
