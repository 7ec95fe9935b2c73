/** The part of the book that is about the broker: one inside the bridge, or another one by URL. */
import { z } from 'zod';
import { isLoopback } from './hosts.ts';
import { mapping, secret } from './terms.ts';

const file = z.string().min(1);

/** What MQTT clients of the embedded broker may do. Filters are MQTT topic filters, with `+` and `#`. */
const brokerUser = mapping({
  password: secret,
  /** What they may publish. @default everything; where there are machines, nothing */
  publish: z.exactOptional(z.array(z.string().min(1))),
  /** What they may subscribe to. @default everything; where there are machines, nothing */
  subscribe: z.exactOptional(z.array(z.string().min(1))),
  /** Names and `@tags` of the machines they may see and command, beside what the filters say. */
  machines: z.exactOptional(z.array(z.string().min(1))),
}).transform(({ publish, subscribe, ...rest }) => {
  const others = rest.machines === undefined ? ['#'] : [];
  return { ...rest, publish: publish ?? others, subscribe: subscribe ?? others };
});

/** 0 asks the system for a free one. */
const port = z.int().min(0).max(65_535);

const embedded = mapping({
  /** Address to listen on. */
  listen: z.string().min(1).default('127.0.0.1'),
  /** @default 1883; with TLS 8883 */
  port: z.exactOptional(port),
  /** Files in PEM. With `ca`, clients need a certificate that it has signed. */
  tls: z.exactOptional(mapping({ cert: file, key: file, ca: z.exactOptional(file) })),
  /** A second port for MQTT over WebSocket, with TLS where the first has it. */
  webSocket: z.exactOptional(
    mapping({
      port,
      /** Pages that may connect, such as `https://dashboard.example`, beside those of the broker's own host. */
      origins: z.array(z.string().min(1)).default([]),
    }),
  ),
  /** By user name. Without any, everybody who reaches the port may do everything. */
  users: z.record(z.string().min(1), brokerUser).default({}),
  /** How many clients may be connected at once. @default 1_000 */
  maxClients: z.exactOptional(z.int().min(1).max(100_000)),
  /** Bytes of the largest message that a client may send. @default 1 MiB */
  maxPacketBytes: z.exactOptional(
    z
      .int()
      .min(1024)
      .max(64 * 1024 * 1024),
  ),
})
  .superRefine(({ listen, users }, context) => {
    if (isLoopback(listen) || Object.keys(users).length > 0) return;
    const message = 'is missing: a broker that others can reach needs users, since it can switch machines off';
    context.addIssue({ code: 'custom', path: ['users'], message });
  })
  .transform((value) => ({ ...value, port: value.port ?? (value.tls === undefined ? 1883 : 8883) }));

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
  ca: z.exactOptional(file),
  cert: z.exactOptional(file),
  key: z.exactOptional(file),
  /** `false` accepts any certificate. */
  rejectUnauthorized: z.boolean().default(true),
};

/** The broker: one inside the bridge, or another one by URL. */
export const brokerSchema = mapping({
  ...external,
  url: z.exactOptional(brokerUrl),
  embedded: z.exactOptional(embedded),
})
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

/** The embedded broker, or another one. */
export type BrokerSettings = z.output<typeof brokerSchema>;

/** A broker that runs inside the bridge. */
export type EmbeddedBrokerSettings = Extract<BrokerSettings, { kind: 'embedded' }>;

/** A broker elsewhere. */
export type ExternalBrokerSettings = Extract<BrokerSettings, { kind: 'external' }>;

/** The settings with the paths of files as `path` says. */
export function withBrokerFiles(broker: BrokerSettings, path: (file: string) => string): BrokerSettings {
  const files = <T extends Readonly<Record<string, unknown>>>(all: T): T => {
    const keys = (['ca', 'cert', 'key'] as const).filter((key) => typeof all[key] === 'string');
    return { ...all, ...Object.fromEntries(keys.map((key) => [key, path(all[key] as string)])) };
  };
  if (broker.kind === 'external') return files(broker);
  return broker.tls === undefined ? broker : { ...broker, tls: files(broker.tls) };
}
