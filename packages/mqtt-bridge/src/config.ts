/** Settings of a bridge: the book's, with what a caller says instead, and the secrets of the broker looked up. */
import { type Book, type BridgeSettings, bridgeSchema, isLoopback } from '@amtkit/core/automation';
import type { BrokerUser } from './broker/access.ts';
import type { EmbeddedBrokerOptions } from './broker/broker.ts';
import type { BrokerAccess } from './connection/client.ts';

/** Where the broker is, or how to make one. */
export type BrokerPlan =
  | { readonly kind: 'embedded'; readonly options: Omit<EmbeddedBrokerOptions, 'log' | 'base' | 'tagsOf'> }
  | { readonly kind: 'external'; readonly access: BrokerAccess };

/** The settings in force: what a caller says goes before the book. */
export function settingsOf(
  book: Book | undefined,
  instead: Partial<BridgeSettings> = {},
  alerts: Partial<BridgeSettings['alerts']> = {},
): BridgeSettings {
  const settings = { ...(book?.bridge ?? bridgeSchema.parse({})), ...instead };
  return { ...settings, alerts: { ...settings.alerts, ...alerts } };
}

/**
 * The broker of these settings. A `url` goes before the book's, and may hold user and password.
 * @throws InvalidBook when a secret cannot be had; TypeError when the URL is none
 */
export async function brokerPlan(
  { broker }: BridgeSettings,
  book: Book | undefined,
  url: string | undefined,
): Promise<BrokerPlan> {
  if (url !== undefined) return { kind: 'external', access: accessOf(url) };
  const lookUp = async (
    secret: NonNullable<Extract<typeof broker, { kind: 'external' }>['password']>,
    whose: string,
  ) => {
    if (typeof secret === 'string') return secret;
    if (book === undefined) throw new TypeError(`${whose} is a reference, which only a machine book can look up.`);
    return await book.secret(secret, whose);
  };
  if (broker.kind === 'external') {
    const { kind, password, ...access } = broker;
    const found = password === undefined ? undefined : await lookUp(password, 'The password of the broker');
    return { kind, access: { ...access, password: found } };
  }
  const users = new Map<string, BrokerUser>();
  for (const [name, user] of Object.entries(broker.users)) {
    users.set(name, { ...user, password: await lookUp(user.password, `The password of the broker's user ${name}`) });
  }
  const { kind, ...options } = broker;
  return { kind, options: { ...options, users } };
}

/** The passwords of a plan, which no log may show. */
export function* secretsOf(plan: BrokerPlan): Iterable<string> {
  if (plan.kind === 'external') yield plan.access.password ?? '';
  else for (const { password } of plan.options.users.values()) yield password;
}

/** What works, and still should not stay: sentences for a person. */
export function* risksOf(plan: BrokerPlan): Iterable<string> {
  if (plan.kind === 'embedded') {
    const { listen, tls } = plan.options;
    if (tls !== undefined || isLoopback(listen)) return;
    yield `The embedded broker listens on ${listen} without TLS, so passwords travel in clear: give it bridge.broker.embedded.tls.`;
  } else if (plan.access.rejectUnauthorized === false) {
    yield `The certificate of ${plan.access.url} is not checked, so anybody may pretend to be that broker: rejectUnauthorized is false.`;
  }
}

function accessOf(text: string): BrokerAccess {
  const url = URL.parse(text);
  if (url === null || !/^(mqtts?|wss?):$/.test(url.protocol) || url.hostname === '') {
    throw new TypeError(
      `${JSON.stringify(text)} is no URL of a broker, such as mqtt://broker:1883, mqtts:, ws: or wss:.`,
    );
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  return {
    url: url.href.replace(/\/$/, ''),
    ...(username === '' ? {} : { user: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}
