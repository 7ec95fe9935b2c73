/** The part of the book that is about MQTT: `bridge`. Everything has a default. */
import { z } from 'zod';
import { LOG_LEVELS } from '../log.ts';
import { alertsSchema } from './alerts-schema.ts';
import { brokerSchema } from './broker-schema.ts';
import { mapping, switchOff, topic } from './terms.ts';

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
  broker: brokerSchema.prefault({ embedded: {} }),
  homeassistant: mapping({
    enabled: z.boolean().default(true),
    /** Home Assistant's discovery prefix. */
    prefix: topic.default('homeassistant'),
    /** Where Home Assistant says that it has started. @default `<prefix>/status` */
    statusTopic: z.exactOptional(topic),
    /** Tell the hardware address, which merges the device with what routers and others know of it. */
    macs: z.boolean().default(true),
    /** Areas to suggest, by tag: the first tag of a machine that has one counts. */
    areas: z.record(z.string(), z.string().min(1).max(255)).default({}),
  })
    .prefault({})
    .transform((value) => ({ ...value, statusTopic: value.statusTopic ?? `${value.prefix}/status` })),
  /** How often machines are asked for their state. */
  pollSeconds: z.int().min(5).max(3600).default(30),
  /** How often a picture is taken of the screen of each PC that is on. @default only when asked for */
  screenshotSeconds: z.exactOptional(z.int().min(10).max(86_400)),
  /** What the bridge says of itself. */
  log: mapping({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
  /** Health and metrics over HTTP. @default not served */
  http: z.exactOptional(
    mapping({ listen: z.string().min(1).default('127.0.0.1'), port: z.int().min(0).max(65_535).default(9465) }),
  ),
  /** Where every action is taken down, whoever asked: of the bridge, the shell and Node-RED. @default nowhere */
  audit: z.exactOptional(
    mapping({
      file: z.string().min(1),
      /** A file that has grown to so much is put aside. */
      maxBytes: z
        .int()
        .min(64 * 1024)
        .default(10 * 1024 * 1024),
      /** How many are kept aside. */
      keep: z.int().min(0).max(100).default(5),
    }),
  ),
  alerts: alertsSchema.prefault({}),
  /** When destructive actions may run. */
  permit: z.enum(['always', 'window', 'never']).default('always'),
  /** For machines that say nothing of their own. */
  switchOff: switchOff.prefault('soft-then-hard'),
  /** Where answers may be published beside the base topic, when an MQTT 5 request names a response topic. */
  responsePrefixes: z.array(topic).default([]),
});

/** Settings of the bridge, complete. */
export type BridgeSettings = z.output<typeof bridgeSchema>;
