/** What `amt doctor` makes of what it saw: each finding with its fix. Pure; `commands/doctor.ts` looks. */
import type {
  Advice,
  DiscoveredMachine,
  FeatureState,
  FirmwareInfo,
  GeneralInfo,
  PresentedCertificate,
} from '@amtkit/core';
import type { Failure } from './exit.ts';

/** One finding. */
export interface Finding {
  /** Stable word. */
  readonly check: string;
  /** `note`: works, and could be better. */
  readonly status: 'ok' | 'note' | 'broken';
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** A TCP port as it was found. */
export interface Port {
  readonly port: number;
  readonly open: boolean;
}

/** What was seen of one machine. What could not be looked at is absent. */
export interface Sight {
  /** As the machine is called on command lines. */
  readonly name: string;
  /** Whether the book knows it; else `name` is an address. */
  readonly inBook: boolean;
  /** The answer to the presence ping. */
  readonly pong?: DiscoveredMachine | undefined;
  readonly wsmanPorts: readonly Port[];
  readonly redirectionPorts: readonly Port[];
  /** Why nobody could log in. */
  readonly failure?: Failure;
  /** Because another machine than the known one answers. */
  readonly stranger?: boolean;
  readonly firmware?: FirmwareInfo;
  /** What is known of its version. */
  readonly advice?: Advice;
  /** UUID in the book. */
  readonly expectedUuid?: string | undefined;
  readonly certificate?: PresentedCertificate | undefined;
  readonly general?: GeneralInfo;
  readonly features?: FeatureState;
  readonly consent?: string;
  /** Seconds the firmware's clock is ahead. */
  readonly clockOffset?: number;
  /** What failed of the last five, by its name above. */
  readonly unread: readonly { readonly what: string; readonly failure: Failure }[];
  readonly now: Date;
}

/** The findings, in the order in which a person would look. */
export function findingsOf(sight: Sight): Finding[] {
  return [
    ping(sight),
    ports(sight),
    ...login(sight),
    ...identity(sight),
    ...tls(sight),
    ...version(sight),
    ...mode(sight),
    ...features(sight),
    ...listener(sight),
    ...consent(sight),
    ...clock(sight),
    ...sessions(sight),
    ...sight.unread.map(({ what, failure }) => unread(what, failure)),
  ];
}

function ping({ pong, name, wsmanPorts }: Sight): Finding {
  if (pong === undefined) {
    // Who does not answer at all cannot be told to answer pings.
    if (!wsmanPorts.some(({ open }) => open)) return note('ping', 'Does not answer presence pings.');
    return note('ping', 'Does not answer presence pings: scans may miss it.', `amt net ${name} --rmcp-ping on`);
  }
  if (pong.state === 'configured' || pong.state === 'unknown') return ok('ping', 'Answers presence pings.');
  const how = pong.state === 'in-setup' ? 'AMT is being set up.' : 'AMT is there and not set up.';
  return broken('ping', how, 'Set it up at the machine, in MEBx (Ctrl-P while it starts).');
}

function ports({ wsmanPorts, name }: Sight): Finding {
  const open = wsmanPorts.filter(({ open }) => open).map(({ port }) => port);
  if (open.length > 0)
    return ok('ports', open.length > 1 ? `Ports ${open.join(' and ')} answer.` : `Port ${open[0]} answers.`);
  return broken(
    'ports',
    `Neither of the ports ${wsmanPorts.map(({ port }) => port).join(' and ')} answers.`,
    `Check address, cable and mains of ${name}, firewalls in between, and that AMT is set up; on Wi-Fi it may be asleep.`,
  );
}

function login({ failure, firmware, name, wsmanPorts, inBook, stranger }: Sight): Finding[] {
  if (firmware !== undefined) return [ok('login', `Log-in works; AMT ${firmware.version || 'of unknown version'}.`)];
  if (stranger === true || failure === undefined || !wsmanPorts.some(({ open }) => open)) return [];
  const { code, hint, lockedUntil } = failure;
  const credentials = inBook
    ? `amt edit ${name} --credentials NAME, or --password-stdin`
    : 'Give the right ones: --user with --password-stdin or AMT_PASSWORD, or --credentials NAME';
  const wait = `Wait until ${lockedUntil}, then try once: each log-in before counts as another refusal.`;
  const fix = code !== 'AUTHENTICATION_FAILED' ? hint : lockedUntil === undefined ? credentials : wait;
  return [broken(code === 'UNTRUSTED' ? 'tls' : 'login', failure.message, fix)];
}

function identity({ firmware, expectedUuid, failure, stranger, name }: Sight): Finding[] {
  if (stranger === true && failure !== undefined) {
    const moved = `amt edit ${name} --host ADDRESS, or --uuid UUID where this is the machine that is meant`;
    return [broken('identity', failure.message, expectedUuid === undefined ? failure.hint : moved)];
  }
  if (firmware?.uuid === undefined || firmware.uuid !== expectedUuid) return [];
  return [ok('identity', 'It is the machine of the book (same UUID).')];
}

function tls({ firmware, certificate, name, now }: Sight): Finding[] {
  if (firmware === undefined) return [];
  if (certificate === undefined) {
    return [
      note(
        'tls',
        'The connection is not encrypted.',
        'Switch TLS on in AMT; passwords are hashed, the rest is readable.',
      ),
    ];
  }
  const { protocol = 'TLS', validTo } = certificate;
  if (validTo !== undefined && validTo < now) {
    const text = `${protocol}; its certificate ended on ${validTo.toISOString().slice(0, 10)}.`;
    return [note('tls', text, `It is pinned by its fingerprint all the same; renew it, then amt trust ${name}`)];
  }
  if (protocol === 'TLSv1' || protocol === 'TLSv1.1') {
    return [
      note(
        'tls',
        `${protocol} is too old to protect much.`,
        'Update the firmware, or keep it in a network of its own.',
      ),
    ];
  }
  return [ok('tls', `${protocol}, certificate known.`)];
}

function version({ advice }: Sight): Finding[] {
  if (advice === undefined || advice.advisory === '') return [];
  const { installed, advised, advisory, url } = advice;
  return [broken('version', `${installed}: ${advisory}`, `Install the update, ${advised} or later; ${url}`)];
}

function mode({ general }: Sight): Finding[] {
  if (general === undefined) return [];
  const { controlMode, provisioning } = general;
  if (provisioning !== 'post' && provisioning !== 'unknown') {
    return [broken('mode', `AMT is not fully set up (${provisioning}-provisioning).`, 'Finish its set-up in MEBx.')];
  }
  if (controlMode !== 'client')
    return [ok('mode', controlMode === 'admin' ? 'Admin control mode.' : 'Control mode unknown.')];
  const fix = 'Activate it in admin control mode to do without consent.';
  return [note('mode', 'Client control mode: screens and boot overrides need consent every time.', fix)];
}

function features({ features, name }: Sight): Finding[] {
  if (features === undefined) return [];
  const all = { sol: features.sol, ider: features.ider, kvm: features.kvm };
  const off = Object.entries(all).flatMap(([switch_, on]) => (on === false ? [switch_] : []));
  if (off.length > 0) {
    const fix = `amt features ${name} ${off.map((word) => `--${word} on`).join(' ')}`;
    return [note('features', `Switched off: ${off.join(', ')}.`, fix)];
  }
  const has = Object.entries(all).flatMap(([switch_, on]) => (on ? [switch_] : []));
  return [ok('features', `Switched on: ${has.join(', ')}.`)];
}

function listener({ features, redirectionPorts, name }: Sight): Finding[] {
  if (features === undefined) return [];
  if (!features.listener) {
    return [note('listener', 'The redirection listener is off.', `amt features ${name} --listener on`)];
  }
  const open = redirectionPorts.filter(({ open }) => open).map(({ port }) => port);
  if (open.length > 0) return [ok('listener', `The redirection listener answers on port ${open.join(' and ')}.`)];
  const tried = redirectionPorts.map(({ port }) => port).join(' and ');
  const text = `The redirection listener is on, and neither of the ports ${tried} answers.`;
  return [note('listener', text, 'Look for a firewall in between; else switch the listener off and on.')];
}

function consent({ features, consent, name }: Sight): Finding[] {
  const policy = features?.consent;
  if (policy === undefined) return [];
  if (policy === 'none') return [ok('consent', 'Nobody at the machine needs to consent.')];
  const what = policy === 'kvm' ? 'screens' : 'screens, serial lines, storage and boot overrides';
  const state = consent === undefined ? '' : ` (${consent})`;
  const fix = features?.consentChangeable ? `amt features ${name} --consent none` : `amt consent request ${name}`;
  return [note('consent', `The person at the machine must consent to ${what}${state}.`, fix)];
}

/** Seconds a clock may be off before it is worth a word, and before logs and certificates suffer. */
const OFF = 60;
const WRONG = 3600;

function clock({ clockOffset, name }: Sight): Finding[] {
  if (clockOffset === undefined) return [];
  const off = Math.abs(clockOffset);
  const text = `Its clock is ${off} s ${clockOffset < 0 ? 'behind' : 'ahead'}.`;
  if (off <= OFF) return [ok('clock', off === 0 ? 'Its clock is right.' : text)];
  const finding = off > WRONG ? broken : note;
  return [finding('clock', `${text} It dates logs and judges certificates.`, `amt time sync ${name}`)];
}

function sessions({ features }: Sight): Finding[] {
  if (features?.kvmInUse === undefined) return [];
  if (!features.kvmInUse) return [ok('sessions', 'Nobody watches the screen.')];
  const fix =
    'Close the other console: only one session of a kind is possible, and it keeps the machine from being cut off.';
  return [note('sessions', 'Somebody watches the screen.', fix)];
}

/** What firmware or the account does not have is worth a word; what failed otherwise is broken. */
function unread(what: string, { code, message, hint }: Failure): Finding {
  return (code === 'WSMAN_FAULT' || code === 'NOT_SUPPORTED' ? note : broken)(what, message, hint);
}

function ok(check: string, text: string): Finding {
  return { check, status: 'ok', text };
}

function note(check: string, text: string, fix?: string): Finding {
  return { check, status: 'note', text, ...(fix === undefined ? {} : { fix }) };
}

function broken(check: string, text: string, fix?: string): Finding {
  return { check, status: 'broken', text, ...(fix === undefined ? {} : { fix }) };
}
