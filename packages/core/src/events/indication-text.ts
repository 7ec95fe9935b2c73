/** What indications say, in words, by message and where a message has several meanings by its first argument. [AMT: WS-Eventing] */
import type { AlertEvent } from './alert-event.ts';
import type { Indication } from './indication.ts';

/** What happened, as one line. Messages we have no words for are told as they came. */
export function describeIndication(indication: Indication): string {
  const { messageId, message } = indication;
  const known = meaningOf(indication);
  if (known !== undefined) {
    const agent = known[0] === 'agent' ? argumentsOf(indication)[0] : undefined;
    return agent === undefined || agent === '0' ? known[1] : `${known[1]} (${agent})`;
  }
  if (message !== '') return message;
  const given = argumentsOf(indication).join(', ');
  return `${messageId === '' ? 'Indication without a message' : `Message ${messageId}`}${given && `: ${given}`}`;
}

/** The word for it. */
export function indicationEvent(indication: Indication): AlertEvent {
  return meaningOf(indication)?.[0] ?? 'other';
}

/** What a message means: its word and text, by its first argument where it has several meanings; nothing where it is unknown. */
export function meaningOfMessage(
  messageId: string,
  argument = '',
): readonly [event: AlertEvent, text: string] | undefined {
  return meaningOf({ messageId, arguments: [argument] });
}

/** Every message that is known, with its first argument behind a blank where it has several meanings. */
export function knownMessages(): readonly string[] {
  const named = (registry: string) => (key: string) =>
    registry + key.replace(/^\d+/, (number) => number.padStart(4, '0'));
  return [...Object.keys(MESSAGES).map(named('iAMT')), ...Object.keys(PLATFORM).map(named('PLAT'))];
}

type Meaning = readonly [event: AlertEvent, text: string];

function meaningOf(indication: Pick<Indication, 'messageId' | 'arguments'>): Meaning | undefined {
  const [, registry = '', number = ''] = /^([A-Za-z]+)0*(\d+)$/.exec(indication.messageId) ?? [];
  if (registry === 'PLAT') return PLATFORM[number];
  if (registry !== 'iAMT') return undefined;
  const first = /^\d+/.exec(indication.arguments[0] ?? '')?.[0] ?? '0';
  return MESSAGES[number] ?? MESSAGES[`${number} ${first}`];
}

/** Arguments but for the path of the computer itself, which most messages end with. */
function argumentsOf({ arguments: given }: Indication): readonly string[] {
  return given.filter((argument) => argument !== '' && !/CIM_ComputerSystem\./.test(argument));
}

/** Number of the message, where it has several meanings with its first argument → word and text. */
const MESSAGES: Readonly<Record<string, Meaning>> = {
  1: ['system-defense', 'System defence policy triggered'],
  2: ['agent', 'Agent watchdog is not started'],
  3: ['agent', 'Agent watchdog is stopped'],
  4: ['agent', 'Agent watchdog is running'],
  5: ['agent', 'Agent watchdog is expired'],
  6: ['agent', 'Agent watchdog is suspended'],
  7: ['disable-attempt', 'Software tried to disable the network link of AMT'],
  8: ['disable-attempt', 'Software tried to disable the network link of AMT; its own link is blocked'],
  9: ['clock', 'Clock or flash wear-out protection is disabled'],
  10: ['system-defense', 'Heuristic defence: slow threshold crossed'],
  11: ['system-defense', 'Heuristic defence: fast threshold crossed'],
  12: ['system-defense', 'Heuristic defence: threshold of the maker crossed'],
  13: ['system-defense', 'Heuristic defence: encounter is over'],
  14: ['certificate', 'Certificate error'],
  15: ['certificate', 'Certificate has expired'],
  16: ['certificate', 'Certificate has no trusted root'],
  17: ['certificate', 'Server certificates are not set up'],
  18: ['certificate', 'Certificate is revoked'],
  19: ['certificate', 'Certificate has too large an RSA exponent'],
  20: ['certificate', 'Certificate has too large an RSA modulus'],
  21: ['certificate', 'Certificate has an unsupported digest'],
  22: ['certificate', 'Certificate has too long a name'],
  23: ['certificate', 'Certificate has no key usage'],
  24: ['certificate', 'TLS handshake failed'],
  25: ['network', '802.1X failed'],
  26: ['posture', 'Endpoint access control: network access control failed'],
  27: ['posture', 'Endpoint access control asked for a posture while network access control is off'],
  28: ['posture', 'Endpoint access control asked for a posture of an unsupported type'],
  29: ['audit-log', 'Audit log is 50 % full'],
  30: ['audit-log', 'Audit log is 75 % full'],
  31: ['audit-log', 'Audit log is 85 % full'],
  32: ['audit-log', 'Audit log is 95 % full'],
  33: ['audit-log', 'Audit log is full'],
  34: ['firmware-update', 'Firmware update is partial'],
  35: ['firmware-update', 'Firmware update failed'],
  36: ['remote-access', 'Remote access connects'],
  37: ['other', 'Management engine is present'],
  '38 0': ['unprovisioned', 'Unprovisioned by the BIOS'],
  '38 1': ['unprovisioned', 'Unprovisioned by a local program'],
  '38 2': ['unprovisioned', 'Unprovisioned by local WS-Management'],
  '38 3': ['unprovisioned', 'Unprovisioned over the network'],
  39: ['asset-error', 'Hardware asset error'],
  '49 0': ['wireless', 'Wireless profile synchronisation is off'],
  '49 1': ['wireless', 'Wireless profile synchronisation is on'],
  '50 0': ['settings', 'Manageability is enabled'],
  '50 16': ['system-defense', 'Security policy: sending stopped'],
  '50 17': ['system-defense', 'Security policy: sending limited'],
  '50 18': ['system-defense', 'Security policy: receiving stopped'],
  '50 19': ['system-defense', 'Security policy: receiving limited'],
  '50 32': ['posture', 'Endpoint access control has a notification'],
  '50 33': ['posture', 'Endpoint access control is enabled'],
  '50 34': ['posture', 'Endpoint access control is disabled'],
  '50 48': ['sol-opened', 'Serial-over-LAN session opened'],
  '50 49': ['sol-closed', 'Serial-over-LAN session closed'],
  '50 50': ['drives-opened', 'Storage redirection session opened'],
  '50 51': ['drives-closed', 'Storage redirection session closed'],
  '50 66': ['wireless', 'Wireless profile is insufficient'],
  '50 67': ['wireless', 'Wireless link went to the management engine'],
  '50 68': ['wireless', 'Wireless security is insufficient'],
  '50 69': ['wireless', 'Wireless link went to the operating system'],
  '51 0': ['settings', 'Secure output is with the operating system'],
  '51 1': ['settings', 'Secure output is with the management engine'],
  '51 2': ['settings', 'Secure output timed out'],
  '52 0': ['screen-requested', 'Remote desktop session requested'],
  '52 1': ['screen-opened', 'Remote desktop session opened'],
  '52 2': ['screen-closed', 'Remote desktop session closed'],
  '52 3': ['settings', 'Data channel of the remote desktop changed'],
  '53 50': ['connection-requested', 'User asked for a remote connection'],
  '53 52': ['connection-requested', 'User asked for a remote connection, which was not started'],
  '53 53': ['remote-access', 'Contracts of remote access are updated'],
  '54 70': ['wireless', 'Wireless state changed'],
  '55 0': ['provisioning', 'Provisioning has not begun'],
  '55 1': ['provisioning', 'Provisioning is under way'],
  '55 2': ['provisioning', 'Provisioning is complete'],
  '55 3': ['unprovisioned', 'Unprovisioning has begun'],
  '55 4': ['provisioning', 'Control mode changed'],
  56: ['system-defense', 'System defence changed'],
  57: ['network', 'Network state changed'],
  '58 0': ['remote-access', 'Remote access is disconnected'],
  '58 1': ['remote-access', 'Remote access is connected'],
  '59 0': ['settings', 'Remote desktop is disabled'],
  '59 1': ['settings', 'Remote desktop is enabled'],
  60: ['settings', 'Secure output changed'],
  61: ['firmware-reset', 'Management engine was reset'],
  '62 0': ['network', 'IP synchronisation is off'],
  '62 1': ['network', 'IP synchronisation is on'],
  '63 0': ['network', 'HTTP proxy synchronisation is off'],
  '63 1': ['network', 'HTTP proxy synchronisation is on'],
  '64 1': ['consent-given', 'User consent is given'],
  '64 2': ['consent-ended', 'User consent has ended'],
  '64 3': ['consent-requested', 'User consent is asked for'],
  '64 4': ['consent-policy', 'User consent policy changed'],
  '65 0': ['network', 'Address of the wired port renewed'],
  '65 1': ['network', 'Address of the wireless port renewed'],
  '66 0': ['wireless', 'Operating system controls the wireless port'],
  '66 1': ['wireless', 'Management engine controls the wireless port'],
  '67 0': ['power-request', 'Operating system is asked to shut down'],
  '67 1': ['power-request', 'Operating system is asked to restart'],
  '67 2': ['power-request', 'Operating system is asked to sleep'],
  '67 3': ['power-request', 'Operating system is asked to hibernate'],
  '68 0': ['wireless', 'Wireless link protection is off'],
  '68 1': ['wireless', 'Wireless link protection is passive'],
  '68 2': ['wireless', 'Wireless link protection is high'],
  '69 0': ['clock', 'Time synchronisation is off'],
  '69 1': ['clock', 'Time synchronisation is on'],
  70: ['start-failed', 'Expired watchdog reset the PC'],
  71: ['disable-attempt', 'Somebody tried to disable AMT'],
};

/** Messages of the platform, those that a PC may send. [DSP8007] */
const PLATFORM: Readonly<Record<string, Meaning>> = {
  4: ['case-opened', 'Case opened'],
  5: ['case-closed', 'Case closed'],
  6: ['case-opened', 'Drive bay opened'],
  7: ['case-closed', 'Drive bay closed'],
  12: ['network', 'Network link is down'],
  13: ['link-up', 'Network link is up'],
  24: ['login-failed', 'Wrong password of the user before the start'],
  26: ['login-failed', 'Wrong password of the BIOS setup'],
  28: ['login-failed', 'Wrong password of the network boot'],
  30: ['login-failed', 'Wrong password'],
  32: ['login-failed', 'Wrong password of a console'],
  36: ['temperature', 'Processor is too hot'],
  37: ['temperature', 'Processor has cooled down'],
  40: ['hardware-failure', 'Processor failed'],
  86: ['hardware-failure', 'Power supply failed'],
  120: ['hardware-failure', 'Memory failed'],
  138: ['hardware-failure', 'Memory error that could not be corrected'],
  146: ['temperature', 'Memory is too hot'],
  147: ['temperature', 'Memory has cooled down'],
  164: ['hardware-failure', 'Drive failed'],
  168: ['hardware-failure', 'Drive is about to fail'],
  184: ['firmware-error', 'Firmware error'],
  186: ['firmware-hang', 'Firmware hangs'],
  188: ['firmware-progress', 'Firmware progress'],
  262: ['link-up', 'Network link is up'],
  263: ['network', 'Network link is down'],
  284: ['system-started', 'Restart begun'],
  286: ['no-boot-medium', 'No bootable medium'],
  288: ['no-boot-medium', 'Medium is not bootable'],
  290: ['no-boot-medium', 'No server for a start from the network'],
  320: ['system-stopped', 'Operating system stopped while it was loaded'],
  322: ['system-stopped', 'Operating system stopped'],
  326: ['power-state', 'Operating system shuts down'],
  327: ['power-state', 'Operating system has shut down'],
  354: ['power-state', 'PC is on'],
  358: ['power-state', 'PC hibernates'],
  360: ['power-state', 'PC is in standby'],
  362: ['power-state', 'PC is off'],
  364: ['power-state', 'PC is without power'],
  366: ['power-state', 'PC sleeps'],
  368: ['start-failed', 'Watchdog expired'],
  370: ['start-failed', 'Watchdog restarted the PC'],
  372: ['start-failed', 'Watchdog switched the PC off'],
  374: ['start-failed', 'Watchdog power-cycled the PC'],
};
