/** What may stand in the book. Checked whole: a book with one mistake is no book. */
import { z } from 'zod';
import { bridgeSchema } from './bridge-schema.ts';
import { normalFingerprint } from './fingerprint.ts';
import { whyNoHost } from './hosts.ts';
import { isMachineName, MAX_MACHINE_NAME, machineNameFrom } from './names.ts';
import { didYouMean } from './nearest.ts';
import { label, mapping, port, type Secret, secret, switchOff } from './terms.ts';

const host = z.string().superRefine((text, context) => {
  const wrong = whyNoHost(text);
  if (wrong !== undefined) context.addIssue({ code: 'custom', message: `is wrong: ${wrong}` });
});

const fingerprint = z.string().transform((text, context) => {
  const normal = normalFingerprint(text);
  if (normal !== undefined) return normal;
  context.addIssue({ code: 'custom', message: 'must be a SHA-256 fingerprint: 64 hex digits, with or without colons' });
  return z.NEVER;
});

const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a UUID')
  .transform((text) => text.toLowerCase());

/** Tags are targets: `@lab`. */
const tag = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be letters, digits, dots and dashes')
  .refine((text) => text !== 'all', 'must not be all: @all is every machine');

/** One machine. */
export const machineSchema = mapping({
  /** Network name or address. */
  host,
  /** `auto`: 16993, then 16992. @default 'auto' */
  tls: z.exactOptional(z.enum(['auto', 'on', 'off'])),
  /** Where they are not 16992 or 16993, 16994 or 16995, and 623. */
  ports: z.exactOptional(
    mapping({
      wsman: z.exactOptional(port),
      redirection: z.exactOptional(port),
      rmcp: z.exactOptional(port),
    }),
  ),
  /** The pinned certificate: SHA-256, upper-case hex pairs with colons. Without it the first one seen is remembered. */
  fingerprint: z.exactOptional(fingerprint),
  /** Name of a set under `credentials`. */
  credentials: z.exactOptional(label),
  /** In place of `credentials`. */
  user: z.exactOptional(z.string().min(1)),
  /** In place of `credentials`. */
  password: z.exactOptional(secret),
  /** Platform UUID, lower case. Identity never depends on the address. */
  uuid: z.exactOptional(uuid),
  tags: z.exactOptional(z.array(tag)),
  /** Speak TLS 1.0 and 1.1 with this machine. @default false */
  legacyTls: z.exactOptional(z.boolean()),
  /** What switching it off does. @default what `bridge.switchOff` says */
  switchOff: z.exactOptional(switchOff),
}).superRefine((entry, context) => {
  for (const key of ['user', 'password'] as const) {
    if (entry.credentials === undefined || entry[key] === undefined) continue;
    context.addIssue({ code: 'custom', path: [key], message: 'stands beside credentials; only one of both is used' });
  }
});

/** A named set of credentials. */
const credentialsSchema = mapping({ user: z.string().min(1).default('admin'), password: secret });

const medium = mapping({
  path: z.exactOptional(z.string().min(1)),
  /** A small image of iPXE is lent, which fetches what is here. */
  ipxe: z.exactOptional(z.string().refine(URL.canParse, 'must be a URL')),
  url: z.exactOptional(
    z.string().refine((text) => URL.parse(text)?.protocol === 'https:', 'must be a URL that begins with https:'),
  ),
})
  .refine((value) => Object.keys(value).length === 1, 'needs one of path, url and ipxe')
  .transform((value) => value as { readonly path: string } | { readonly url: string } | { readonly ipxe: string });

const plugin = mapping({
  /** Name of a package, or path of a file. */
  use: z.string().min(1),
  options: z.record(z.string(), z.unknown()).default({}),
  /** Names and `@tags` it is for. @default all */
  machines: z.exactOptional(z.array(z.string().min(1))),
  isolation: z.enum(['inline', 'worker']).default('inline'),
});

const machineName = z.string().superRefine((text, context) => {
  if (isMachineName(text)) return;
  const rule = `lower-case letters, digits and single dashes, at most ${MAX_MACHINE_NAME}, not bridge or all`;
  const advice = machineNameFrom(text, { has: (name) => name === text });
  context.addIssue({ code: 'custom', message: `cannot be the name of a machine (${rule}); ${advice} can` });
});

/** The whole book. */
export const bookSchema = mapping({
  credentials: z.record(label, credentialsSchema).default({}),
  machines: z.record(machineName, machineSchema).default({}),
  media: z.record(label, medium).default({}),
  bridge: bridgeSchema.prefault({}),
  plugins: z.array(plugin).default([]),
}).superRefine(({ credentials, machines }, context) => {
  for (const [name, entry] of Object.entries(machines)) {
    const set = entry.credentials;
    if (set === undefined || Object.hasOwn(credentials, set)) continue;
    const message = `names ${set}, which is not under credentials${didYouMean(set, Object.keys(credentials))}`;
    context.addIssue({ code: 'custom', path: ['machines', name, 'credentials'], message });
  }
});

/** Everything in the book, checked, defaults filled in. */
export type BookContent = z.output<typeof bookSchema>;

/** One machine of the book. */
export type BookMachine = Readonly<z.output<typeof machineSchema>>;

/** One machine as it is written into the book. */
export type BookMachineInput = Readonly<z.input<typeof machineSchema>>;

/** A named set of credentials. The password is text or a reference, not yet looked up. */
export interface BookCredentials {
  readonly user: string;
  readonly password: Secret;
}

/** One medium of the library: a file, an https URL, or what iPXE fetches. */
export type BookMedium = z.output<typeof medium>;

/** A plugin the book asks for. */
export type BookPlugin = Readonly<z.output<typeof plugin>>;
