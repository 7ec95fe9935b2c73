/** The pages of the built-in web server, as far as consoles and scanners look at them. */
import type { Firmware } from '../firmware.ts';
import { type HttpReply, serverHeader } from './reply.ts';

/** The way from `/` to the page where one logs on. */
export function seeLogon(firmware: Firmware): HttpReply {
  // Recorded in this order, the length before the name.
  return {
    status: 303,
    headers: [['Location', '/logon.htm'], ['Content-Length', '0'], ...serverHeader(firmware)],
    body: '',
    framing: 'headers-only',
    close: false,
  };
}

/** The page where one logs on; readable by everybody. */
export function logonPage(firmware: Firmware): HttpReply {
  const form = '<form METHOD="GET" action="index.htm"><input type=submit value="Log On..."></form>';
  return page(firmware, 200, 'Log On', `Log on to ${product(firmware)} on this computer.`, form);
}

/** The first page behind the log-on. */
export function statusPage(firmware: Firmware): HttpReply {
  const { power } = firmware.state;
  return page(firmware, 200, 'System Status', `Power: ${power === 'on' ? 'On' : power === 'off' ? 'Off' : 'Standby'}`);
}

/** Refusal of a log-in. It ends in `</html>`, by which some consoles know that it is over. */
export function unauthorizedPage(firmware: Firmware, challenge: string): HttpReply {
  const form = '<form METHOD="GET" action="index.htm"><h2><input type=submit value="Try again"></h2></form>';
  const warning = 'Log on failed. Incorrect user name or password, or user account temporarily locked.';
  const { headers, ...rest } = page(firmware, 401, undefined, warning, form);
  return { ...rest, headers: [['WWW-Authenticate', challenge], ...headers], close: true };
}

/** A page for everything that went wrong below SOAP. */
export function errorPage(firmware: Firmware, status: 400 | 404 | 405 | 503): HttpReply {
  return { ...page(firmware, status, undefined, WARNINGS[status]), close: status === 400 || status === 503 };
}

/** What somebody finds where the web pages are switched off. */
export function disabledPage(firmware: Firmware): HttpReply {
  const text = `Web browser access to ${product(firmware)} on this computer is disabled.`;
  return page(firmware, 404, 'Page Not Found', text);
}

const WARNINGS = {
  400: 'Bad Request.',
  404: 'Page Not Found.',
  405: 'Method Not Allowed.',
  503: 'Service Unavailable. Too many connections.',
} as const;

function product({ profile }: Firmware): string {
  return `Intel<sup>&reg;</sup> ${profile.product}`;
}

function page(firmware: Firmware, status: number, heading: string | undefined, text: string, more = ''): HttpReply {
  const title = `Intel&reg; ${firmware.profile.product}`;
  const body =
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" ><html lang="en"><head>' +
    '<link rel=stylesheet href=/styles.css>' +
    `<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>${title}</title></head><body>` +
    `<h1>${product(firmware)}</h1>${heading === undefined ? '' : `<h1>${heading}</h1>`}` +
    `<h2 class=warn>${text}</h2>${more}</body></html>`;
  return {
    status,
    headers: [['Content-Type', 'text/html'], ...serverHeader(firmware)],
    body,
    framing: 'length',
    close: false,
  };
}
