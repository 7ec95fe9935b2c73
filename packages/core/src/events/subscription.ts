/** Subscribing to alerts that are pushed: what is asked, and what is answered. [WS-Eventing §3] [AMT: WS-Eventing] */
import { decodeReference, ns, type Reference } from '../wsman/references.ts';
import { elementOf, escapeXml, textOf, type XmlObject } from '../wsman/xml.ts';

/** How events are brought: told once, or again until they are acknowledged. Firmware takes no other. */
export const deliveryModes = {
  Push: `${ns.eventing}/DeliveryModes/Push`,
  PushWithAck: 'http://schemas.dmtf.org/wbem/wsman/1/wsman/PushWithAck',
} as const;

/** What is asked for. */
export interface SubscribeRequest {
  readonly url: string;
  readonly mode: keyof typeof deliveryModes;
  /** Comes back in the header of every event, as `arg`. At most 128 characters. */
  readonly argument?: string | undefined;
  /** What the firmware answers a digest challenge of the listener with. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** For how long. @default for ever */
  readonly expiresSeconds?: number | undefined;
}

/** What stands in the body of a request to subscribe, and beside the selectors in its header. */
export function encodeSubscribe(request: SubscribeRequest): { readonly body: string; readonly header: string } {
  const { url, mode, argument, login, expiresSeconds } = request;
  const parameters =
    argument === undefined
      ? ''
      : `<a:ReferenceParameters><m:arg xmlns:m="http://x.com">${escapeXml(argument)}</m:arg></a:ReferenceParameters>`;
  const auth = login === undefined ? '' : `<w:Auth xmlns:w="${ns.wsman}" Profile="${DIGEST}"/>`;
  return {
    body:
      `<e:Subscribe xmlns:e="${ns.eventing}" xmlns:a="${ns.addressing}"><e:Delivery Mode="${deliveryModes[mode]}">` +
      `<e:NotifyTo><a:Address>${escapeXml(url)}</a:Address>${parameters}</e:NotifyTo>${auth}</e:Delivery>` +
      `${expires(expiresSeconds)}</e:Subscribe>`,
    header: login === undefined ? '' : issuedTokens(login),
  };
}

/** The body of a request to go on for so long. */
export function encodeRenew(expiresSeconds: number): string {
  return `<e:Renew xmlns:e="${ns.eventing}">${expires(expiresSeconds)}</e:Renew>`;
}

/** The body of a request to end. */
export const unsubscribeBody = `<e:Unsubscribe xmlns:e="${ns.eventing}"/>`;

/** What the answer to Subscribe or Renew says; each part is absent where the firmware leaves it out. */
export function decodeSubscribed(body: XmlObject): {
  readonly manager: Reference | undefined;
  /** Seconds, or the end; nothing for ever. */
  readonly expires: number | Date | undefined;
} {
  const answer = elementOf(body.SubscribeResponse ?? body.RenewResponse);
  const manager = decodeReference(answer.SubscriptionManager ?? '');
  return {
    manager: Object.keys(manager.selectors).length === 0 ? undefined : manager,
    expires: parseExpires(textOf(answer.Expires)),
  };
}

const DIGEST = 'http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/digest';
const USERNAME_TOKEN =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#UsernameToken';

function issuedTokens({ user, password }: { readonly user: string; readonly password: string }): string {
  return (
    `<t:IssuedTokens xmlns:t="${ns.trust}" xmlns:se="${ns.secext}"><t:RequestSecurityTokenResponse>` +
    `<t:TokenType>${USERNAME_TOKEN}</t:TokenType><t:RequestedSecurityToken><se:UsernameToken>` +
    `<se:Username>${escapeXml(user)}</se:Username>` +
    `<se:Password Type="${ns.secext}#PasswordText">${escapeXml(password)}</se:Password>` +
    '</se:UsernameToken></t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:IssuedTokens>'
  );
}

function expires(seconds: number | undefined): string {
  return seconds === undefined ? '' : `<e:Expires>PT${seconds}S</e:Expires>`;
}

/** A duration or a time; `PT0S` is for ever. [XML Schema §3.2.6] */
function parseExpires(text: string): number | Date | undefined {
  const [whole, days, hours, minutes, seconds] =
    /^P(?:\d+Y)?(?:\d+M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/.exec(text) ?? [];
  if (whole === undefined) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : new Date(at);
  }
  const [d = 0, h = 0, m = 0, s = 0] = [days, hours, minutes, seconds].map((number) => Number(number ?? 0));
  return ((d * 24 + h) * 60 + m) * 60 + s || undefined;
}
