/** Subscriptions to the alerts of one machine. [AMT: WS-Eventing] [WS-Eventing] */
import { NotSupported, ProtocolError, Refused, WsmanFault } from '../errors.ts';
import { decodeSubscribed, encodeRenew, encodeSubscribe, unsubscribeBody } from '../events/subscription.ts';
import { CIM_FilterCollection } from '../wsman/classes/cim/CIM_FilterCollection.ts';
import { CIM_FilterCollectionSubscription } from '../wsman/classes/cim/CIM_FilterCollectionSubscription.ts';
import { CIM_ListenerDestinationWSManagement } from '../wsman/classes/cim/CIM_ListenerDestinationWSManagement.ts';
import type { WsmanClient } from '../wsman/client.ts';
import { actions } from '../wsman/envelope.ts';
import { type Reference, resourceUri, type Selectors } from '../wsman/references.ts';
import type { AlertSubscription, Alerts, SubscribeOptions } from './machine.ts';
import { trapsOf } from './traps.ts';

/** Characters of a URL; longer ones are taken and never posted to. */
const LONGEST_URL = 253;
const LONGEST_ARGUMENT = 128;
/** Version from which firmware posts over TLS. */
const TLS_FROM = 11;

/** The alerts façade over one client. `now` is our clock, in milliseconds since 1970. */
export function alertsOf(wsman: WsmanClient, version: string, now: () => number = Date.now): Alerts {
  async function groups(): Promise<readonly string[]> {
    const all = await wsman.tryEnumerate(CIM_FilterCollection);
    return all.map(({ InstanceID }) => InstanceID ?? '').filter((id) => id !== '');
  }

  async function subscriptions(): Promise<readonly AlertSubscription[]> {
    const links = await wsman.tryEnumerate(CIM_FilterCollectionSubscription);
    if (links.length === 0) return [];
    const handlers = await wsman.tryEnumerate(CIM_ListenerDestinationWSManagement);
    return links.map(({ Filter, Handler }) => {
      const name = nameOf(Handler);
      const handler = handlers.find((each) => each.Name === name);
      return {
        url: handler?.Destination ?? '',
        group: textOf(Filter?.selectors.InstanceID),
        acknowledged: handler?.DeliveryMode === 'PushWithAck',
        selectors: selectorsOf(Filter, Handler),
      };
    });
  }

  /** 1. The group that holds most. 2. With acknowledgement, else without. 3. What the answer leaves out is looked up. */
  async function subscribe(options: SubscribeOptions): Promise<AlertSubscription> {
    check(options);
    const { url, argument, login, expiresSeconds } = options;
    const group = options.group ?? (await wholeGroup());
    const ask = (mode: 'PushWithAck' | 'Push') => {
      const { body, header } = encodeSubscribe({ url, mode, argument, login, expiresSeconds });
      const selectors = { InstanceID: group };
      return wsman.send({ action: actions.subscribe, resource: GROUP, selectors, body, header });
    };
    let acknowledged = options.acknowledged ?? true;
    const answer = await ask(acknowledged ? 'PushWithAck' : 'Push')
      .catch((error: unknown) => {
        if (!acknowledged || options.acknowledged === true || !isFault(error, UNKNOWN_MODE)) throw error;
        acknowledged = false;
        return ask('Push');
      })
      .catch(async (error: unknown) => {
        if (!isFault(error, UNABLE)) throw error;
        throw await unable(error);
      });
    const { manager, expires } = decodeSubscribed(answer.body);
    const { Filter, Handler } = manager?.selectors ?? {};
    if (typeof Filter === 'object' && typeof Handler === 'object') {
      return { url, group, acknowledged, selectors: { Filter, Handler }, ...endOf(expires) };
    }
    const found = (await subscriptions()).findLast((each) => each.url === url && each.group === group);
    if (found !== undefined) return { ...found, ...endOf(expires) };
    throw new ProtocolError(`${wsman.host} accepted a subscription to its alerts, and then had none.`, {
      host: wsman.host,
    });
  }

  /** What is in the way: mostly the others that were first. */
  async function unable(error: WsmanFault): Promise<Refused> {
    const { host } = wsman;
    const there = await subscriptions();
    // Paths may be secrets.
    const hosts = [...new Set(there.map(({ url }) => URL.parse(url)?.host ?? 'somebody'))].join(', ');
    const what = there.length === 0 ? '' : ` It has ${there.length} subscriptions already, to ${hosts}.`;
    return new Refused(`${host} takes no subscription to its alerts: ${error.reason || error.fault}${what}`, {
      host,
      hint: 'Nine fit. Let the consoles that nobody uses any more end theirs.',
      cause: error,
    });
  }

  async function wholeGroup(): Promise<string> {
    const all = await groups();
    const whole = all.find((id) => id === ALL) ?? all.find((id) => /:All/.test(id)) ?? all[0];
    if (whole !== undefined) return whole;
    throw new NotSupported(`${wsman.host} has no alerts to subscribe to; firmware from 3.2 on has.`, {
      host: wsman.host,
    });
  }

  function check({ url: text, argument }: SubscribeOptions): void {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol) || text.length > LONGEST_URL) {
      throw new TypeError(`${JSON.stringify(text)} is no URL of http or https with at most ${LONGEST_URL} characters.`);
    }
    if (argument !== undefined && argument.length > LONGEST_ARGUMENT) {
      throw new TypeError(`The argument of a subscription has at most ${LONGEST_ARGUMENT} characters.`);
    }
    if (url.protocol === 'https:' && Number.parseInt(version, 10) < TLS_FROM) {
      throw new NotSupported(`${wsman.host} has AMT ${version}; alerts over TLS came with 11.0.`, { host: wsman.host });
    }
  }

  function endOf(expires: number | Date | undefined): { expiresAt?: Date } {
    if (expires === undefined) return {};
    return { expiresAt: typeof expires === 'number' ? new Date(now() + expires * 1000) : expires };
  }

  return {
    groups,
    subscriptions,
    subscribe,
    async renew({ expiresAt: _, ...subscription }, expiresSeconds) {
      const { selectors } = subscription;
      const body = encodeRenew(expiresSeconds);
      const answer = await wsman.send({ action: actions.renew, resource: SUBSCRIPTION, selectors, body });
      return { ...subscription, ...endOf(decodeSubscribed(answer.body).expires) };
    },
    async unsubscribe({ selectors }) {
      await wsman.send({ action: actions.unsubscribe, resource: SUBSCRIPTION, selectors, body: unsubscribeBody });
    },
    ...trapsOf(wsman),
  };
}

const ALL = 'Intel(r) AMT:All';
const GROUP = resourceUri(CIM_FilterCollection.name);
const SUBSCRIPTION = resourceUri(CIM_FilterCollectionSubscription.name);

const UNKNOWN_MODE = 'DeliveryModeRequestedUnavailable';
const UNABLE = 'EventSourceUnableToProcess';

function isFault(error: unknown, fault: string): error is WsmanFault {
  return error instanceof WsmanFault && error.fault === fault;
}

function selectorsOf(filter: Reference | undefined, handler: Reference | undefined): Selectors {
  return { ...(filter && { Filter: filter }), ...(handler && { Handler: handler }) };
}

function nameOf(handler: Reference | undefined): string {
  return textOf(handler?.selectors.Name);
}

function textOf(value: string | Reference | undefined): string {
  return typeof value === 'string' ? value : '';
}
