/** Subscriptions to alerts that are pushed. [WS-Eventing] [AMT: WS-Eventing] */
import { elementOf, type Reference, type Selectors, textOf } from '@amtkit/core/wire';
import { type Behavior, type Call, SoapFault } from '../behavior.ts';
import type { Firmware } from '../firmware.ts';
import type { Subscription } from '../state.ts';
import { type Properties, text } from '../values.ts';

const GROUP = 'CIM_FilterCollection';
const HANDLER = 'CIM_ListenerDestinationWSManagement';
const SUBSCRIPTION = 'CIM_FilterCollectionSubscription';

/** Subscribers that fit, from 6.0 on. */
const MOST = 9;
/** Characters of a URL. */
const LONGEST_URL = 253;
/** Version from which alerts are pushed over TLS. */
const TLS_FROM = 11;

/** Answers for subscriptions. */
export const eventing: Behavior = {
  name: 'eventing',

  enumerate(firmware, { className }) {
    if (className === HANDLER) {
      return current(firmware).map((each) => ({ className, properties: handlerOf(each) }));
    }
    if (className !== SUBSCRIPTION) return undefined;
    return current(firmware).map((each) => ({
      className,
      properties: {
        ...managerOf(each).selectors,
        OnFatalErrorPolicy: 2,
        RepeatNotificationPolicy: 2,
        SubscriptionState: 2,
      },
    }));
  },

  subscribe(firmware, call) {
    if (call.className !== GROUP) return undefined;
    const group = groupOf(firmware, call.selectors);
    const delivery = elementOf(call.raw.Delivery);
    const mode = MODES[textOf(delivery['@Mode'])];
    if (mode === undefined) throw new SoapFault('DeliveryModeRequestedUnavailable');
    const url = textOf(elementOf(delivery.NotifyTo).Address);
    checkUrl(firmware, url);
    const before = current(firmware);
    if (before.length >= MOST) throw new SoapFault('EventSourceUnableToProcess');
    const seconds = secondsOf(textOf(call.raw.Expires)) || firmware.quirks.subscriptionSeconds;
    const subscription: Subscription = {
      name: freeName(before),
      group,
      url,
      acknowledged: mode === 'PushWithAck',
      parameters: parametersOf(call.message.text),
      login: loginOf(call),
      expiresAt: seconds === 0 ? Number.POSITIVE_INFINITY : firmware.clock.now() + seconds * 1000,
    };
    firmware.change((state) => {
      state.subscriptions = [...before, subscription];
    });
    return { manager: managerOf(subscription), expires: `PT${seconds}S` };
  },

  renew(firmware, call) {
    if (call.className !== SUBSCRIPTION) return undefined;
    const found = chosen(firmware, call.selectors);
    const seconds = secondsOf(textOf(call.raw.Expires));
    const expiresAt = seconds === 0 ? Number.POSITIVE_INFINITY : firmware.clock.now() + seconds * 1000;
    firmware.change((state) => {
      state.subscriptions = current(firmware).map((each) => (each === found ? { ...each, expiresAt } : each));
    });
    return { expires: `PT${seconds}S` };
  },

  unsubscribe(firmware, call) {
    if (call.className !== SUBSCRIPTION) return undefined;
    const found = chosen(firmware, call.selectors);
    firmware.change((state) => {
      state.subscriptions = current(firmware).filter((each) => each !== found);
    });
    return 'unsubscribed';
  },
};

const MODES: Readonly<Record<string, 'Push' | 'PushWithAck'>> = {
  'http://schemas.xmlsoap.org/ws/2004/08/eventing/DeliveryModes/Push': 'Push',
  'http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck': 'PushWithAck',
};

/** Those that are not over. */
function current({ state, clock }: Firmware): readonly Subscription[] {
  return state.subscriptions.filter(({ expiresAt }) => expiresAt > clock.now());
}

function handlerOf({ name, url, acknowledged }: Subscription): Properties {
  return {
    CreationClassName: 'CIM_ListenerDestinationWSMAN',
    DeliveryMode: acknowledged ? 3 : 2,
    Destination: url,
    ElementName: name,
    Name: name,
    SystemCreationClassName: 'CIM_ComputerSystem',
    SystemName: 'Intel(r) AMT',
  };
}

function managerOf({ name, group }: Subscription): Reference & { selectors: Record<string, Reference> } {
  return {
    className: SUBSCRIPTION,
    selectors: {
      Filter: { className: GROUP, selectors: { InstanceID: group } },
      Handler: {
        className: HANDLER,
        selectors: {
          CreationClassName: 'CIM_ListenerDestinationWSMAN',
          Name: name,
          SystemCreationClassName: 'CIM_ComputerSystem',
          SystemName: 'Intel(r) AMT',
        },
      },
    },
  };
}

function groupOf(firmware: Firmware, { InstanceID }: Selectors): string {
  const known = (firmware.instances(GROUP) ?? []).some((each) => text(each.InstanceID) === InstanceID);
  if (!known) throw new SoapFault('InvalidSelectors');
  return InstanceID as string;
}

/** The subscription that selectors name: both of them have to be given. */
function chosen(firmware: Firmware, { Filter, Handler }: Selectors): Subscription {
  if (typeof Filter !== 'object' || typeof Handler !== 'object') throw new SoapFault('InvalidSelectors');
  const found = current(firmware).find(
    ({ name, group }) => Handler.selectors.Name === name && Filter.selectors.InstanceID === group,
  );
  if (found === undefined) throw new SoapFault('InvalidSelectors');
  return found;
}

function checkUrl({ profile }: Firmware, text: string): void {
  const url = URL.parse(text);
  const secure = url?.protocol === 'https:';
  if (url === null || !(secure || url.protocol === 'http:')) throw new SoapFault('EventSourceUnableToProcess');
  if (text.length > LONGEST_URL) throw new SoapFault('EventSourceUnableToProcess');
  if (secure && Number.parseInt(profile.version, 10) < TLS_FROM) throw new SoapFault('EventSourceUnableToProcess');
}

/** The login for a digest challenge, where the console gave one. */
function loginOf({ message, raw }: Call): Subscription['login'] {
  const profile = textOf(elementOf(elementOf(raw.Delivery).Auth)['@Profile']);
  const tokens = elementOf(elementOf(message.header.IssuedTokens).RequestSecurityTokenResponse);
  const { Username, Password } = elementOf(elementOf(tokens.RequestedSecurityToken).UsernameToken);
  if (!profile.endsWith('/secprofile/http/digest') || Username === undefined) return undefined;
  return { user: textOf(Username), password: textOf(Password) };
}

/** What every event brings back: the children of ReferenceParameters, each with the namespace it came with. */
function parametersOf(xml: string): string {
  const inner = /<(?:\w+:)?ReferenceParameters[^>]*>([\s\S]*?)<\/(?:\w+:)?ReferenceParameters>/.exec(
    xml.slice(xml.indexOf('NotifyTo')),
  )?.[1];
  if (inner === undefined) return '';
  return inner.replace(/<(\w+):(\w+)([^>]*)>/g, (whole, prefix: string, name: string, rest: string) => {
    if (rest.includes(`xmlns:${prefix}=`)) return whole;
    const uri = new RegExp(`xmlns:${prefix}=["']([^"']*)["']`).exec(xml)?.[1];
    return uri === undefined ? whole : `<${prefix}:${name} xmlns:${prefix}="${uri}"${rest}>`;
  });
}

/** Seconds of a duration such as `PT1H30M`; 0 without one. */
function secondsOf(duration: string): number {
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/.exec(duration) ?? [];
  return ((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0);
}

function freeName(taken: readonly Subscription[]): string {
  let number = 1;
  while (taken.some(({ name }) => name === `Intel(r) AMT:Handler ${number}`)) number++;
  return `Intel(r) AMT:Handler ${number}`;
}
